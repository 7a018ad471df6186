import { OptionCheck } from '../domain/check-option.js'
import type { Clock } from '../support/clock.js'
import type { ShutdownOptions, TaskExecutor } from './task-executor.js'
import { TaskLifecycle } from './task-lifecycle.js'

/** The options of {@link SyncTaskExecutor}. */
export interface SyncTaskExecutorOptions {
  /** The clock of the shutdown timeout. Default: the system's. */
  readonly clock?: Clock
}

/**
 * Calls each task in the caller, before `submit` returns. It queues nothing and limits nothing: a caller that awaits
 * each task runs one at a time, and a step with this executor runs its chunks one after another.
 *
 * Throws {@link InvalidOptionError}.
 */
export class SyncTaskExecutor implements TaskExecutor {
  readonly concurrency: number = 1
  readonly #lifecycle: TaskLifecycle

  constructor(options: SyncTaskExecutorOptions = {}) {
    new OptionCheck('SyncTaskExecutor').object(options, ['clock'])
    this.#lifecycle = new TaskLifecycle('SyncTaskExecutor', options.clock)
  }

  async submit<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#lifecycle.assertOpen()
    return this.#lifecycle.track(task)
  }

  async whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
    return wait()
  }

  onIdle(): Promise<void> {
    return this.#lifecycle.onIdle()
  }

  shutdown(options: ShutdownOptions = {}): Promise<boolean> {
    // Nothing ever queues here, so there is nothing to reject.
    return this.#lifecycle.shutDown(options, () => {})
  }
}
