import { InvalidOptionError } from '../domain/option-error.js'
import type { Clock, Timer } from '../support/clock.js'
import { type Duration, durationToMilliseconds } from '../support/duration.js'

interface Waiting {
  readonly due: number
  readonly callback: () => void
}

/**
 * A clock that stands still until it is moved. Hand it in as `clock` and call {@link advance} instead of waiting.
 *
 * @example
 * ```ts
 * import { ManualClock } from 'chunkwise/testing'
 *
 * const clock = new ManualClock()
 * let rung = false
 * clock.after(1_000, () => (rung = true))
 * await clock.advance('1s')
 * console.assert(rung)
 * ```
 */
export class ManualClock implements Clock {
  #now: number
  readonly #start: number
  readonly #waiting = new Set<Waiting>()

  /** Begins at `start`, by default at the epoch. */
  constructor(start: Date | number = 0) {
    this.#start = Number(start)
    this.#now = this.#start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#start
  }

  after(delay: number, callback: () => void): Timer {
    const waiting = { due: this.#now + delay, callback }
    this.#waiting.add(waiting)
    return { cancel: () => void this.#waiting.delete(waiting) }
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#waiting.size
  }

  /**
   * Moves time on, milliseconds or a duration, and rings every timer that falls due, in their order, each at its own
   * time. Promises that were waiting for a timer go on before the next one rings.
   */
  async advance(duration: Duration): Promise<void> {
    const milliseconds = durationToMilliseconds(duration)
    if (milliseconds === undefined) throw new InvalidOptionError('advance', duration, 'a duration')
    const until = this.#now + milliseconds
    for (;;) {
      await settle()
      const next = this.#next(until)
      if (next === undefined) break
      this.#waiting.delete(next)
      this.#now = next.due
      next.callback()
    }
    this.#now = until
    await settle()
  }

  #next(until: number): Waiting | undefined {
    let next: Waiting | undefined
    for (const waiting of this.#waiting) {
      if (waiting.due <= until && (next === undefined || waiting.due < next.due)) next = waiting
    }
    return next
  }
}

/** Lets promises that are ready go on. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve()
}
