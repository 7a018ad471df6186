import { type JobExecution, JobOperator, type JobRepository, type StepExecution } from 'chunkwise'
import fc from 'fast-check'
import { expect } from 'vitest'
import { expectRun, type Expected, keyOf, type Memory, NOTHING, type Row } from './graph-model.js'
import type { FlowSpec } from './graph-spec.js'

/** At which of its deeds a process dies, before or behind it. */
export interface Death {
  readonly at: number
  readonly side: 'before' | 'after'
}

const death = fc.record({ at: fc.nat(24), side: fc.constantFrom('before' as const, 'after' as const) })

/** How the executions of a graph die one after another, those that do. */
export const deaths: fc.Arbitrary<readonly (Death | undefined)[]> = fc.array(
  fc.option(death, { nil: undefined, freq: 4 }),
  { maxLength: 5 },
)

/** One execution of a graph in a process that may die. */
export interface Run {
  readonly repository: JobRepository
  readonly graph: FlowSpec
  readonly jobName: string
  /** How often each step was run, and each decision asked: kept up to date. */
  readonly calls: Map<string, number>
  readonly death: Death | undefined
}

/** Runs it; resolves with whether the execution has ended before its process died. */
export type Runner = (run: Run) => Promise<boolean>

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
export class Trial {
  readonly #repository: JobRepository
  readonly #graph: FlowSpec
  readonly #runner: Runner
  readonly #name = `graph ${++graphsRun}`
  #memory: Memory = NOTHING

  constructor(repository: JobRepository, graph: FlowSpec, runner: Runner) {
    this.#repository = repository
    this.#graph = graph
    this.#runner = runner
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
    const calls = new Map(this.#memory.calls)
    const run = { repository: this.#repository, graph: this.#graph, jobName: this.#name, calls, death }
    const ended = await this.#runner(run)
    const stored = await this.#latest()
    if (ended) this.#checkEnd(stored, calls, expected)
    else this.#checkDeath(stored, calls, expected)
    const rows = new Map(this.#memory.rows)
    for (const row of rowsOf(stored)) rows.set(keyOf(row), row)
    const hasEnded = !isOwnerLost(stored)
    this.#memory = { rows, calls, marks: hasEnded ? expected.marks : this.#memory.marks }
    return stored.status
  }

  /** The latest execution, taken over from its owner if that is dead. */
  async #latest(): Promise<JobExecution> {
    await using operator = new JobOperator({ repository: this.#repository, ownerGrace: '100ms' })
    for (;;) {
      // A database may need a moment to see that a process is dead.
      await operator.recover()
      const [instance] = await this.#repository.listJobInstances(this.#name)
      const [latest] = await this.#repository.listJobExecutions(instance?.id ?? 0)
      if (latest?.endTime !== undefined) return latest
    }
  }

  /** Everything ran as often as it should, and is stored as it should be. */
  #checkEnd(stored: JobExecution, calls: ReadonlyMap<string, number>, expected: Expected): void {
    expect(`${stored.status}/${stored.exitStatus.exitCode}`).toBe(`${expected.status}/${expected.exit}`)
    expect(plainRows(rowsOf(stored))).toEqual(plainRows(expected.rows))
    expect(Object.fromEntries(calls)).toEqual(Object.fromEntries(expected.calls))
  }

  /** What is stored is part of what would have come: done, dealt with or not yet, or cut off by the death. */
  #checkDeath(stored: JobExecution, calls: ReadonlyMap<string, number>, expected: Expected): void {
    if (!isOwnerLost(stored)) return this.#checkEnd(stored, calls, expected)
    const would = new Map(expected.rows.map((row) => [keyOf(row), row]))
    const cutOff = new Set(stored.stepExecutions.filter(isOwnerLost).map(({ stepName }) => stepName))
    const rows = rowsOf(stored)
    for (const [index, row] of rows.entries()) {
      const whole = would.get(keyOf(row)) as Row
      if (isOwnerLost(stored.stepExecutions[index] as StepExecution)) expect(whole).toBeDefined()
      else expect([text(whole), text({ ...whole, status: 'FAILED' })]).toContain(text(row))
    }
    for (const [name, count] of calls) {
      expect(count).toBeLessThanOrEqual(expected.calls.get(name) ?? 0)
      const begun = rows.filter((row) => row.name === name).length
      const isDecision = begun === 0
      const runs = count - (this.#memory.calls.get(name) ?? 0)
      if (!isDecision) expect([begun, begun - Number(cutOff.has(name))]).toContain(runs)
    }
  }
}
