import fc from 'fast-check'
import { type JobExecution, JobOperator, type JobRepository, type StepExecution } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { graphJob, World } from './graph-job.js'
import { expectRun, type Expected, keyOf, type Memory, NOTHING, type Row } from './graph-model.js'
import { type FlowSpec, graphs } from './graph-spec.js'
import { type DiesAt, Mortal } from './mortal.js'
import { stores } from './stores.js'

/** At which of its writes a process dies, before or behind it. */
interface Death {
  readonly write: number
  readonly side: 'before' | 'after'
}

const death = fc.record({ write: fc.nat(24), side: fc.constantFrom('before' as const, 'after' as const) })
const deaths: fc.Arbitrary<readonly (Death | undefined)[]> = fc.array(fc.option(death, { nil: undefined, freq: 4 }), {
  maxLength: 5,
})

/** How many executions at most: a graph may fail or stop for ever. */
const MAX_EXECUTIONS = 9
let graphsRun = 0

function rowsOf({ stepExecutions }: JobExecution): readonly Row[] {
  return stepExecutions.map(({ stepName, status, exitStatus, executionContext }) => ({
    name: stepName,
    pass: String(executionContext.get('chunkwise.pass') ?? 1),
    status,
    exit: exitStatus.exitCode,
  }))
}

const isOwnerLost = ({ exitStatus }: JobExecution | StepExecution): boolean =>
  exitStatus.exitDescription === 'owner lost'
const text = (row: Row): string => `${keyOf(row)} ${row.status}/${row.exit}`
const plainRows = (rows: readonly Row[]): readonly string[] => rows.map(text).toSorted()

/** A graph being run in a repository, with the model beside it. */
class Trial {
  readonly #repository: JobRepository
  readonly #graph: FlowSpec
  readonly #name = `graph ${++graphsRun}`
  #memory: Memory = NOTHING

  constructor(repository: JobRepository, graph: FlowSpec) {
    this.#repository = repository
    this.#graph = graph
  }

  /** Runs it to the end, with these deaths on the way. */
  async run(dies: readonly (Death | undefined)[]): Promise<void> {
    for (let index = 0; index < MAX_EXECUTIONS; index++) {
      const status = await this.#execute(dies[index])
      if (status === 'COMPLETED') return
    }
  }

  async #execute(death: Death | undefined): Promise<string> {
    const expected = expectRun(this.#graph, this.#memory)
    const world = new World()
    for (const [name, count] of this.#memory.calls) world.calls.set(name, count)
    const ended = await this.#process(world, death)
    const stored = await this.#latest()
    if (ended) this.#checkEnd(stored, world, expected)
    else this.#checkDeath(stored, world, expected)
    const rows = new Map(this.#memory.rows)
    for (const row of rowsOf(stored)) rows.set(keyOf(row), row)
    const hasEnded = !isOwnerLost(stored)
    this.#memory = { rows, calls: world.calls, marks: hasEnded ? expected.marks : this.#memory.marks }
    return stored.status
  }

  /** Whether the execution has ended before its process died. */
  async #process(world: World, death: Death | undefined): Promise<boolean> {
    let writes = 0
    const diesAt: DiesAt = (method) => {
      const isWrite =
        method === 'createStepExecution' || method === 'updateStepExecution' || method === 'finishJobExecution'
      return isWrite && writes++ === death?.write ? death.side : undefined
    }
    await using mortal = new Mortal(this.#repository, diesAt)
    world.isDead = () => mortal.isDead
    const operator = new JobOperator({ repository: mortal.repository, clock: new ManualClock() })
    const lived = operator.run(graphJob(this.#graph, this.#name, world)).then(() => true)
    const ended = await Promise.race([mortal.died.then(() => false), lived])
    if (ended) await operator.close()
    return ended
  }

  /** The latest execution, taken over from its owner if that is dead. */
  async #latest(): Promise<JobExecution> {
    await using operator = new JobOperator({ repository: this.#repository })
    await operator.recover()
    const [instance] = await this.#repository.listJobInstances(this.#name)
    const [latest] = await this.#repository.listJobExecutions(instance?.id ?? 0)
    return latest as JobExecution
  }

  /** Everything ran as often as it should, and is stored as it should be. */
  #checkEnd(stored: JobExecution, world: World, expected: Expected): void {
    expect(`${stored.status}/${stored.exitStatus.exitCode}`).toBe(`${expected.status}/${expected.exit}`)
    expect(plainRows(rowsOf(stored))).toEqual(plainRows(expected.rows))
    expect(Object.fromEntries(world.calls)).toEqual(Object.fromEntries(expected.calls))
  }

  /** What is stored is part of what would have come: done, dealt with or not yet, or cut off by the death. */
  #checkDeath(stored: JobExecution, world: World, expected: Expected): void {
    if (!isOwnerLost(stored)) return this.#checkEnd(stored, world, expected)
    const would = new Map(expected.rows.map((row) => [keyOf(row), row]))
    const cutOff = new Set(stored.stepExecutions.filter(isOwnerLost).map(({ stepName }) => stepName))
    const rows = rowsOf(stored)
    for (const [index, row] of rows.entries()) {
      const whole = would.get(keyOf(row)) as Row
      if (isOwnerLost(stored.stepExecutions[index] as StepExecution)) expect(whole).toBeDefined()
      else expect([text(whole), text({ ...whole, status: 'FAILED' })]).toContain(text(row))
    }
    for (const [name, count] of world.calls) {
      expect(count).toBeLessThanOrEqual(expected.calls.get(name) ?? 0)
      const begun = rows.filter((row) => row.name === name).length
      const isDecision = begun === 0
      const runs = count - (this.#memory.calls.get(name) ?? 0)
      if (!isDecision) expect([begun, begun - Number(cutOff.has(name))]).toContain(runs)
    }
  }
}

describe.each(stores)('random graphs, remembered %s', (where, open) => {
  it('run each node as often as the rules say, whenever their process dies', async () => {
    const repository = await open()
    await fc.assert(
      fc.asyncProperty(graphs, deaths, async (graph, dies) => {
        await new Trial(repository, graph).run(dies)
      }),
      { numRuns: where === 'in memory' ? 400 : 25 },
    )
  }, 240_000)
})
