import type { NoParameters } from '../domain/step-context.js'
import type { JobRepository } from '../repository/job-repository.js'
import type { Clock } from '../support/clock.js'
import type { Logger } from '../support/logger.js'
import type { CompareOptions } from './compare-items.js'
import type { StepToRun } from './step-to-run.js'

/** When a process is killed: before or after the commit of a chunk, or when all is committed but the step's end not stored. */
export type DeathTime = 'before-commit' | 'after-commit' | 'before-end'

/** How a test proves that a step restarts. */
export interface RestartTestOptions<T = unknown, P = NoParameters> extends CompareOptions<T> {
  /**
   * Makes the step, with a reader, processor and writer of its own, as each new process would. Executors that it shares
   * with those before it must have room: what a dead process has begun stays there until the test is over.
   */
  readonly step: () => StepToRun<never, unknown, P> | Promise<StepToRun<never, unknown, P>>
  /**
   * Reads back what the target holds, after a run. It proves the writer too. Default: the items that chunks have committed,
   * which proves the reader and the processor.
   */
  readonly written?: () => readonly T[] | Promise<readonly T[]>
  /**
   * Makes source and target as they are before a run: empties the target. Called before each run, the first too, but not
   * before a restart. Needed with `written`. Default: nothing is done.
   */
  readonly prepare?: () => unknown
  /** What the step sees as the job's parameters. Default: none. */
  readonly parameters?: P
  /** What is in the step's context when it first begins. Default: nothing. */
  readonly context?: Readonly<Record<string, unknown>>
  /**
   * Whether the items must come in the order of the unbroken run. Default `'same'`, but `'any'` for a step with
   * `commitOrder: 'any'`, and for one that is partitioned.
   */
  readonly order?: 'same' | 'any'
  /** When it dies. Default: at each time that there is, one after another. */
  readonly death?: DeathTime
  /** Where the runs are remembered: the repository of the writer's database, for a writer in the transaction. Default: in memory. */
  readonly repository?: JobRepository
  /** Where log lines go. Default: nowhere. */
  readonly logger?: Logger
  /** The clock, also of the repository in memory. Default: the system's. */
  readonly clock?: Clock
}

/** What was proved. */
export interface RestartProof<T = unknown> {
  /** How many chunks the unbroken run has committed. */
  readonly chunks: number
  /** How many times the step was killed and restarted. */
  readonly restarts: number
  /** What the unbroken run has written, and each of the others too. */
  readonly written: readonly T[]
}
