import type { Duration } from '../support/duration.js'

/** How an executor shuts down. */
export interface ShutdownOptions {
  /**
   * What happens to tasks that were accepted but have not started: `true`, the default, runs them; `false` rejects them
   * with {@link ExecutorShutDownError}. Tasks that have started always run to their end.
   */
  readonly drain?: boolean
  /** How long to wait for the tasks to end. Default: as long as they take. */
  readonly timeout?: Duration
}

/**
 * How much runs at once. One executor may serve many steps and jobs; whoever makes it shuts it down, after the
 * operators that use it are closed. A task is the size of a chunk, not of an item.
 */
export interface TaskExecutor {
  /**
   * How many tasks a step keeps in flight when it does not say: a pool's core size. `Infinity` when the executor has no
   * limit; a step must then say.
   */
  readonly concurrency: number

  /**
   * Runs the task when there is room, first come, first served, in the submitter's AsyncLocalStorage context. Settles as
   * the task does, also when the task throws before its first await. Rejects with {@link ExecutorShutDownError} after
   * `shutdown`, for tasks of this executor too. A task that awaits another task of its executor must do so inside
   * `whileWaiting`.
   */
  submit<T>(task: () => T | PromiseLike<T>): Promise<T>

  /**
   * For a task of this executor that waits for other tasks, also from inside tasks of other executors that it runs: gives
   * its slot back while `wait` runs, and takes one again, in turn with all others, before it settles as `wait` did.
   * Elsewhere it only runs `wait`.
   *
   * Calls may nest, and branches of one task may call side by side: the slot is given back when the first of them starts
   * to wait and taken again when the last has ended, so a branch that ends before goes on without one.
   *
   * Only tasks of one executor wait for each other without deadlock. Where several executors are used, nest them in one
   * direction: tasks of A that wait for tasks of B that wait for tasks of A may wait for ever.
   */
  whileWaiting<T>(wait: () => Promise<T>): Promise<T>

  /** Resolves when no task runs or queues; at once when there is none. */
  onIdle(): Promise<void>

  /**
   * Refuses new tasks from now on and waits for the ones there are, at most `timeout`: `true` when all have ended,
   * `false` when time ran out (what still runs goes on). May be called again, with `drain: false` to hurry. A task that
   * awaits the shutdown of its own executor waits for itself. Rejects with {@link InvalidOptionError}.
   */
  shutdown(options?: ShutdownOptions): Promise<boolean>
}
