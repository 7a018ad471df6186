import { OptionCheck } from '../domain/check-option.js'
import { type Clock, systemClock } from '../support/clock.js'
import { ExecutorShutDownError } from './executor-errors.js'
import type { ShutdownOptions } from './task-executor.js'

/** The tasks an executor has accepted and not yet ended, and whether it accepts more. */
export class TaskLifecycle {
  readonly #executor: string
  readonly #clock: Clock
  readonly #idleWaiters: (() => void)[] = []
  #tasks = 0
  #shutDown = false

  /** `executor` is the class of the executor, for messages. */
  constructor(executor: string, clock: Clock = systemClock) {
    this.#executor = executor
    this.#clock = new OptionCheck(executor).methods('clock', clock, ['now', 'monotonic', 'after'], 'a Clock')
  }

  /** Throws {@link ExecutorShutDownError} after `shutDown`. */
  assertOpen(): void {
    if (this.#shutDown) throw new ExecutorShutDownError(this.#executor)
  }

  /** Calls `task` now and counts it until it has settled. */
  async track<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#tasks++
    try {
      return await task()
    } finally {
      this.#tasks--
      if (this.#tasks === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
    }
  }

  /** Resolves when no task is counted. */
  onIdle(): Promise<void> {
    return this.#tasks === 0 ? Promise.resolve() : new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  /** See `TaskExecutor.shutdown`; `reject` is called with the error for tasks that queue, when they are not to run. */
  async shutDown(options: ShutdownOptions, reject: (error: ExecutorShutDownError) => void): Promise<boolean> {
    const check = new OptionCheck(`${this.#executor}.shutdown`)
    check.object(options, ['drain', 'timeout'])
    const { drain = true, timeout } = options
    check.boolean('drain', drain)
    const limit = timeout === undefined ? undefined : check.duration('timeout', timeout)
    this.#shutDown = true
    if (!drain) reject(new ExecutorShutDownError(this.#executor))
    const idle = this.onIdle().then(() => true)
    return limit === undefined ? idle : this.#atMost(limit, idle)
  }

  #atMost(timeout: number, idle: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(timeout, () => resolve(false), { keepAlive: true })
      void idle.then(() => {
        timer.cancel()
        resolve(true)
      })
    })
  }
}
