import type { Clock } from '../support/clock.js'
import { currentSlot, runWithSlot } from './current-slot.js'
import type { ExecutorShutDownError } from './executor-errors.js'
import { type Release, Slots, type SlotSizes } from './slots.js'
import type { ShutdownOptions } from './task-executor.js'
import { TaskLifecycle } from './task-lifecycle.js'
import { TaskSlot } from './task-slot.js'

/** Tasks that run in slots: what the executors with a limit have in common. */
export class SlottedTasks {
  readonly #slots: Slots
  readonly #lifecycle: TaskLifecycle
  readonly #queued = new Set<(error: ExecutorShutDownError) => void>()

  constructor(executor: string, sizes: SlotSizes, clock?: Clock) {
    this.#slots = new Slots(sizes)
    this.#lifecycle = new TaskLifecycle(executor, clock)
  }

  /** Throws {@link ExecutorShutDownError} after `shutdown`. */
  assertOpen(): void {
    this.#lifecycle.assertOpen()
  }

  /** Whether a task would run or queue within the capacity; see `Slots.makeRoom`. */
  makeRoom(): boolean {
    return this.#slots.makeRoom()
  }

  /** Runs the task in a slot, as soon as it is its turn. */
  runInSlot<T>(task: () => T | PromiseLike<T>): Promise<T> {
    return this.#lifecycle.track(async () => {
      const slot = new TaskSlot(this.#slots, await this.#claim())
      try {
        return await runWithSlot(this.#slots, slot, task)
      } finally {
        slot.end()
      }
    })
  }

  /** Runs the task at once, in no slot. */
  runWithoutSlot<T>(task: () => T | PromiseLike<T>): Promise<T> {
    return this.#lifecycle.track(() => runWithSlot(this.#slots, undefined, task))
  }

  /** See `TaskExecutor.whileWaiting`. */
  async whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
    return currentSlot(this.#slots)?.whileWaiting(wait) ?? wait()
  }

  /** See `TaskExecutor.onIdle`. */
  onIdle(): Promise<void> {
    return this.#lifecycle.onIdle()
  }

  /** See `TaskExecutor.shutdown`. */
  shutdown(options: ShutdownOptions): Promise<boolean> {
    return this.#lifecycle.shutDown(options, (error) => {
      for (const reject of this.#queued) reject(error)
      this.#queued.clear()
    })
  }

  /** A slot, or the shutdown's error if that comes first: then the claim, still queued, releases what it gets. */
  #claim(): Promise<Release> {
    return new Promise((resolve, reject) => {
      this.#queued.add(reject)
      void this.#slots.claim().then((release) => {
        if (this.#queued.delete(reject)) resolve(release)
        else release()
      })
    })
  }
}
