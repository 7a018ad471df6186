import { OptionCheck } from '../domain/check-option.js'
import type { Clock } from '../support/clock.js'
import { TaskRejectedError } from './executor-errors.js'
import type { SlotSizes } from './slots.js'
import { SlottedTasks } from './slotted-tasks.js'
import type { ShutdownOptions, TaskExecutor } from './task-executor.js'

/**
 * What a pool does with a task when all slots and the whole queue are taken.
 *
 * - `'block'`: `submit` waits for room, first come, first served. The caller itself is not held up: it awaits the task.
 * - `'abort'`: `submit` rejects with {@link TaskRejectedError}; a step fails with it.
 * - `'callerRuns'`: the task runs at once, in none of the pool's slots, so more than `maxPoolSize` tasks may run.
 *
 * There is no policy that drops a task.
 */
export type RejectionPolicy = 'block' | 'abort' | 'callerRuns'

/** The options of {@link PoolTaskExecutor}. */
export interface PoolTaskExecutorOptions {
  /** How many tasks run at once before any queues, from 1. Also the `concurrency` of a step that does not say its own. */
  readonly corePoolSize: number
  /**
   * How many run at once when the queue is full, from `corePoolSize`. Default: `corePoolSize`. Never reached unless
   * `queueCapacity` is given, since a queue without bounds is never full.
   */
  readonly maxPoolSize?: number
  /** How many tasks may queue, from 0. Default: no bound. */
  readonly queueCapacity?: number
  /** What happens when slots and queue are full. Default: `'block'`. */
  readonly rejectionPolicy?: RejectionPolicy
  /** The clock of the shutdown timeout. Default: the system's. */
  readonly clock?: Clock
}

const POLICIES = ['block', 'abort', 'callerRuns'] as const

/**
 * A pool of slots, to be shared by many steps and jobs. A task runs at once while fewer than `corePoolSize` do; then it
 * queues; when the queue is full, the pool grows to `maxPoolSize`; then `rejectionPolicy` says. The queue is served
 * first come, first served, also when the pool grows; a slot beyond the core goes with its task once nothing queues. A
 * task that takes its slot again after `whileWaiting` stands in the same queue and is never rejected, even when the
 * queue is full.
 *
 * Throws {@link InvalidOptionError}.
 */
export class PoolTaskExecutor implements TaskExecutor {
  /** The `corePoolSize`. */
  readonly concurrency: number
  readonly #sizes: SlotSizes
  readonly #policy: RejectionPolicy
  readonly #tasks: SlottedTasks

  constructor(options: PoolTaskExecutorOptions) {
    const check = new OptionCheck('PoolTaskExecutor')
    check.object(options, ['corePoolSize', 'maxPoolSize', 'queueCapacity', 'rejectionPolicy', 'clock'])
    const { rejectionPolicy = 'block' } = options
    this.#sizes = checkSizes(check, options)
    this.#policy = check.oneOf('rejectionPolicy', rejectionPolicy, POLICIES)
    this.#tasks = new SlottedTasks('PoolTaskExecutor', this.#sizes, options.clock)
    this.concurrency = this.#sizes.core
  }

  async submit<T>(task: () => T | PromiseLike<T>): Promise<T> {
    this.#tasks.assertOpen()
    if (this.#tasks.makeRoom() || this.#policy === 'block') return this.#tasks.runInSlot(task)
    if (this.#policy === 'callerRuns') return this.#tasks.runWithoutSlot(task)
    throw new TaskRejectedError(this.#sizes.max, this.#sizes.queueCapacity)
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

function checkSizes(check: OptionCheck, options: PoolTaskExecutorOptions): SlotSizes {
  const core = check.integer('corePoolSize', options.corePoolSize, 1)
  const { maxPoolSize = core, queueCapacity } = options
  const max = check.integer('maxPoolSize', maxPoolSize, 1)
  if (max < core) check.fail('maxPoolSize', max, `at least the corePoolSize, ${core}`)
  return {
    core,
    max,
    queueCapacity: queueCapacity === undefined ? Infinity : check.integer('queueCapacity', queueCapacity, 0),
  }
}
