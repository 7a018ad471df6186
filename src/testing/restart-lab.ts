import { randomUUID } from 'node:crypto'
import type { JobExecution } from '../domain/job-execution.js'
import { job } from '../job/job-builder.js'
import type { Job } from '../job/job.js'
import { JobOperator } from '../launch/job-operator.js'
import type { JobRepository } from '../repository/job-repository.js'
import { MemoryJobRepository } from '../repository/memory/memory-job-repository.js'
import type { Step } from '../step/step.js'
import type { Collected } from './collected.js'
import { compareItems } from './compare-items.js'
import { type Death, MortalRepository } from './mortal-repository.js'
import { ObservedSteps } from './observed-steps.js'
import type { RestartProof, RestartTestOptions } from './restart-options.js'
import { toStep, withSurroundings } from './step-to-run.js'
import { RestartTestError } from './testing-errors.js'

/** What the unbroken run has done. */
export interface Unbroken<T> {
  readonly stepName: string
  readonly chunks: number
  readonly written: readonly T[]
  readonly order: 'same' | 'any'
}

/** The step of one process. */
interface Life {
  readonly step: Step<never>
  readonly job: Job
  readonly collected: Collected
}

/** Runs a step again and again: unbroken, and killed and restarted. */
export class RestartLab<T, P> {
  readonly #options: RestartTestOptions<T, P>
  readonly #repository: JobRepository

  constructor(options: RestartTestOptions<T, P>) {
    this.#options = options
    const { clock } = options
    this.#repository = options.repository ?? new MemoryJobRepository(clock && { clock })
  }

  /** Runs the step to its end. What it writes is what every other run is compared with. */
  async runUnbroken(): Promise<Unbroken<T>> {
    await this.#options.prepare?.()
    const mortal = new MortalRepository(this.#repository)
    const life = await this.#life()
    await using operator = this.#operator(mortal.repository)
    assertCompleted('the unbroken run', await operator.run(life.job, { run: randomUUID() }))
    return {
      stepName: life.step.name,
      chunks: mortal.commits,
      written: await this.#written([life]),
      order: this.#options.order ?? orderOf(life.step, this.#repository),
    }
  }

  /** Kills the step in each of these ways, and restarts it. */
  async prove(unbroken: Unbroken<T>, deaths: readonly Death[]): Promise<RestartProof<T>> {
    for (const death of deaths) await this.#killAndRestart(death, unbroken)
    return { chunks: unbroken.chunks, restarts: deaths.length, written: unbroken.written }
  }

  async #killAndRestart(death: Death, { written: expected, order }: Unbroken<T>): Promise<void> {
    await this.#options.prepare?.()
    const name = nameOf(death)
    const run = { run: randomUUID() }
    const mortal = new MortalRepository(this.#repository, death)
    const first = await this.#life()
    await using dying = this.#operator(mortal.repository)
    const killed = await dying.start(first.job, run)
    try {
      const ended = await Promise.race([mortal.died, killed.result])
      if (ended !== undefined) throw new RestartTestError(name, `it ended before that, ${ended.status}`, causeOf(ended))
      const second = await this.#life()
      await using operator = this.#operator(this.#repository)
      assertCompleted(`${name}: restarted`, await operator.run(second.job, run))
      this.#compare(name, expected, await this.#written([first, second]), order)
    } finally {
      // Its streams are still open, and may hold connections.
      mortal.bury({ jobExecutionId: killed.execution.id, ownerId: 'of the dead process' })
      await Promise.allSettled([killed.result])
    }
  }

  #compare(name: string, expected: readonly T[], actual: readonly T[], order: 'same' | 'any'): void {
    const { key } = this.#options
    try {
      compareItems(expected, actual, key === undefined ? { order } : { order, key })
    } catch (cause) {
      throw new RestartTestError(name, 'restarted, it has not written what an unbroken run writes', { cause })
    }
  }

  /** The step as one process has it, in a job whose parameter `run` tells the runs apart. */
  async #life(): Promise<Life> {
    const { parameters, context } = this.#options
    const step = toStep('step', await this.#options.step())
    const observed = new ObservedSteps({ items: new Map(), collect: false })
    const surroundings = { parameters, ...(context === undefined ? {} : { context }) }
    const tested = withSurroundings(observed.observe(step), surroundings)
    const name = `restart of ${step.name}`.slice(0, 100)
    const built = job(name, { parameters: { run: 'string' } })
      .start(tested)
      .build()
    return { step, job: built as unknown as Job, collected: observed.collectorOf(step.name) }
  }

  async #written(lives: readonly Life[]): Promise<readonly T[]> {
    const { written } = this.#options
    return written === undefined ? lives.flatMap(({ collected }) => collected.written as T[]) : [...(await written())]
  }

  #operator(repository: JobRepository): JobOperator {
    const { logger, clock } = this.#options
    return new JobOperator({
      repository,
      ...(logger === undefined ? {} : { logger }),
      ...(clock === undefined ? {} : { clock }),
    })
  }
}

function nameOf(death: Death): string {
  if (death.when === 'before-end') return 'died before the end of the step was stored'
  return `died ${death.when === 'before-commit' ? 'before' : 'after'} the commit of chunk ${death.chunk}`
}

function assertCompleted(name: string, execution: JobExecution): void {
  if (execution.status === 'COMPLETED') return
  throw new RestartTestError(name, `the execution is ${execution.status}`, causeOf(execution))
}

function causeOf({ failures, stepExecutions }: JobExecution): { readonly cause?: unknown } {
  const cause = stepExecutions.at(-1)?.failures[0] ?? failures[0]
  return cause === undefined ? {} : { cause }
}

function orderOf(step: Step<never>, { transactionManager }: JobRepository): 'same' | 'any' {
  const { commitOrder, kind } = step.describe?.(transactionManager) ?? {}
  return commitOrder === 'any' || kind === 'partition' ? 'any' : 'same'
}
