import type { Clock, Timer } from '../support/clock.js'

/** Does something from time to time, the next time only after the last has ended. Keeps no process alive. */
export class Periodic {
  readonly #clock: Clock
  readonly #interval: number
  readonly #work: () => Promise<unknown>
  #timer: Timer | undefined
  #working: Promise<unknown> | undefined
  #closed = false

  /** `work` must not reject. */
  constructor(clock: Clock, interval: number, work: () => Promise<unknown>) {
    this.#clock = clock
    this.#interval = interval
    this.#work = work
    this.#schedule()
  }

  /** Ends it, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#working
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = this.#clock.after(this.#interval, () => {
      this.#working = this.#work().finally(() => {
        this.#working = undefined
        this.#schedule()
      })
    })
  }
}
