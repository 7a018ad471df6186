import { OptionCheck } from '../domain/check-option.js'
import type { Clock } from '../support/clock.js'
import { SlottedTasks } from './slotted-tasks.js'
import type { ShutdownOptions, TaskExecutor } from './task-executor.js'

/** The options of {@link SimpleAsyncTaskExecutor}. */
export interface SimpleAsyncTaskExecutorOptions {
  /**
   * How many tasks run at once, from 1; more wait for their turn. Default: no limit. Each step's own `concurrency` is
   * then the only bound, and has to be given.
   */
  readonly concurrencyLimit?: number
  /** The clock of the shutdown timeout. Default: the system's. */
  readonly clock?: Clock
}

/**
 * Starts each task as soon as it is submitted, up to `concurrencyLimit` at once. For a bounded queue use
 * {@link PoolTaskExecutor}.
 *
 * Throws {@link InvalidOptionError}.
 */
export class SimpleAsyncTaskExecutor implements TaskExecutor {
  /** The `concurrencyLimit`; `Infinity` without one. */
  readonly concurrency: number
  readonly #tasks: SlottedTasks

  constructor(options: SimpleAsyncTaskExecutorOptions = {}) {
    const check = new OptionCheck('SimpleAsyncTaskExecutor')
    check.object(options, ['concurrencyLimit', 'clock'])
    const { concurrencyLimit: limit, clock } = options
    this.concurrency = limit === undefined ? Infinity : check.integer('concurrencyLimit', limit, 1)
    const sizes = { core: this.concurrency, max: this.concurrency, queueCapacity: Infinity }
    this.#tasks = new SlottedTasks('SimpleAsyncTaskExecutor', sizes, clock)
  }

  async submit<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#tasks.assertOpen()
    return this.#tasks.runInSlot(task)
  }

  whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
    return this.#tasks.whileWaiting(wait)
  }

  onIdle(): Promise<void> {
    return this.#tasks.onIdle()
  }

  shutdown(options: ShutdownOptions = {}): Promise<boolean> {
    return this.#tasks.shutdown(options)
  }
}
