import type { Lease } from '../../repository/lease.js'
import type { Logger } from '../../support/logger.js'

/** How a partition ended that was run in this process. */
export interface PartitionResult {
  readonly partition: string
  /** STOPPED also for one that was not begun, since its step is to end. */
  readonly status: 'COMPLETED' | 'STOPPED' | 'FAILED'
  /** Why it has FAILED. */
  readonly failures: readonly unknown[]
}

/** The partitions that are to be run, and what they are to be run with. */
export interface PartitionRequest {
  /** The step that has them. The step execution of a partition is called `step:partition`. */
  readonly stepName: string
  /** The execution of that step. */
  readonly stepExecutionId: number
  /** The right to write for the job execution, which whoever runs a partition elsewhere needs. */
  readonly lease: Lease
  /** How many may run at once. */
  readonly gridSize: number
  /** The names of those that have not completed: each is stored, with its context. */
  readonly partitions: readonly string[]
  /** Aborted when the step is to end: by a stop, a timeout, or a lost lease. No partition begins any more then. */
  readonly signal: AbortSignal
  readonly logger: Logger
  /**
   * Begins a partition in this process and runs it to its end. Never rejects: how it ended is in the result. Each may be
   * run once.
   */
  readonly run: (partition: string) => Promise<PartitionResult>
}

/**
 * Runs the partitions of a step, here or elsewhere. The step does not take its word for it: it reads in the repository
 * which partitions have completed.
 */
export interface PartitionHandler {
  /**
   * Resolves when every partition has ended, whether well or not, or is not to run any more. Not more than `gridSize` run
   * at once. A rejection fails the step, unless all its partitions have completed all the same.
   */
  handle(request: PartitionRequest): Promise<void>
}
