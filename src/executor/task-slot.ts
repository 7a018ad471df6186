import type { Release, Slots } from './slots.js'

/**
 * The slot of one running task. Invariant: it is held unless a branch of the task waits, a branch queues to take it
 * again, or the task has ended; it is never released twice.
 */
export class TaskSlot {
  /** The slots it is one of. */
  readonly slots: Slots
  #release: Release | undefined
  #waiting = 0
  #ended = false
  #takingAgain: Promise<void> | undefined

  constructor(slots: Slots, release: Release) {
    this.slots = slots
    this.#release = release
  }

  /** Runs `wait` without the slot; see `TaskExecutor.whileWaiting`. */
  async whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
    this.#waiting++
    this.#giveBack()
    try {
      return await wait()
    } finally {
      this.#waiting--
      // A branch may outlive its task: nobody would release what it takes.
      if (this.#waiting === 0 && !this.#ended) await this.#takeAgain()
    }
  }

  /** Whether the task has ended. */
  get ended(): boolean {
    return this.#ended
  }

  /** The task has ended. */
  end(): void {
    this.#ended = true
    this.#giveBack()
  }

  #giveBack(): void {
    const release = this.#release
    this.#release = undefined
    release?.()
  }

  #takeAgain(): Promise<void> {
    this.#takingAgain ??= this.slots.claim().then((release) => {
      this.#takingAgain = undefined
      this.#release = release
      // While this claim queued, another branch began to wait for tasks that may need this very slot.
      if (this.#waiting > 0 || this.#ended) this.#giveBack()
    })
    return this.#takingAgain
  }
}
