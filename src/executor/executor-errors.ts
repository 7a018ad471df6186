import { BatchError } from '../domain/batch-error.js'

/**
 * A pool with `rejectionPolicy: 'abort'` had no slot and no place in its queue for a task. The task did not run and may
 * be submitted again.
 */
export class TaskRejectedError extends BatchError {
  static readonly code = 'BATCH_TASK_REJECTED'
  /** The slots of the pool, all of them taken. */
  readonly maxPoolSize: number
  /** The places in its queue, all of them taken. */
  readonly queueCapacity: number

  constructor(maxPoolSize: number, queueCapacity: number) {
    super(
      `The pool is full: all of its slots (maxPoolSize: ${maxPoolSize}) and all places in its queue ` +
        `(queueCapacity: ${queueCapacity}) are taken. Raise one of them, submit less at once, or choose ` +
        `rejectionPolicy 'block', which waits for room.`,
    )
    this.maxPoolSize = maxPoolSize
    this.queueCapacity = queueCapacity
  }
}

/**
 * A task was handed to an executor after its shutdown, or was still queued when `shutdown({ drain: false })` was
 * called. The task did not run.
 */
export class ExecutorShutDownError extends BatchError {
  static readonly code = 'BATCH_EXECUTOR_SHUT_DOWN'
  /** The class of the executor: `PoolTaskExecutor`. */
  readonly executor: string

  constructor(executor: string) {
    super(
      `The ${executor} is shut down and the task did not run. Close the operators that use an executor before you ` +
        `shut it down.`,
    )
    this.executor = executor
  }
}
