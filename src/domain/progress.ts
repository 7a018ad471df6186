import type { BatchStatus } from './batch-status.js'

/** How far a step is. Plain data: it can be sent as JSON. */
export interface Progress {
  readonly jobName: string
  readonly jobExecutionId: number
  readonly stepName: string
  readonly stepExecutionId: number
  /** STARTED while the step runs; how it has ended in the last progress that is told of it. */
  readonly status: BatchStatus
  /** Items read and committed: by all executions of the job instance, and of all partitions together. */
  readonly items: number
  /** How many items there are in all, where the reader knows; `undefined` also while a partition has not begun. */
  readonly total: number | undefined
  /** How much of the input is done in a unit of the reader's own, such as the bytes of a file; where the reader knows. */
  readonly extent: InputExtent | undefined
  /** How many partitions the step has and how many of them are completed; `undefined` for a step without any. */
  readonly partitions: { readonly completed: number; readonly total: number } | undefined
  /**
   * The part that is done, from 0 to 1: of the total, else of the extent, else of the partitions. 1 for a step that has
   * COMPLETED; `undefined` when nobody knows.
   */
  readonly fraction: number | undefined
  /** Items a second: the mean of this execution. */
  readonly rate: number
  /** Milliseconds since this execution of the step has opened its input. */
  readonly elapsed: number
  /** About how many milliseconds are left, if it goes on as it has gone in this execution; `undefined`: nobody knows. */
  readonly timeLeft: number | undefined
}

/** How much of an input is done, in a unit of the reader's own. */
export interface InputExtent {
  readonly done: number
  readonly total: number
  /** What is counted: `'bytes'`. */
  readonly unit: string
}
