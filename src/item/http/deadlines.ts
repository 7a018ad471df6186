import { Bag, type Member } from '../../support/bag.js'
import type { Clock, Timer } from '../../support/clock.js'

/** What may take too long. */
export interface Limited extends Member {
  /** When its time is over, by the clock: said by who watches it. */
  dueAt: number
  /** Its time is over. */
  overdue(): void
}

/**
 * Watches what may take too long, with one timer for all: the timer is set for the earliest, and seldom moved, since most
 * of what it is set for is over long before.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #watched = new Bag<Limited>()
  #timer: Timer | undefined
  #ringsAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** It may take so many milliseconds from now, whatever was said of it before. */
  set(limited: Limited, milliseconds: number): void {
    const at = this.#clock.monotonic() + milliseconds
    limited.dueAt = at
    if (limited.place < 0) this.#watched.add(limited)
    if (this.#timer === undefined || at < this.#ringsAt) this.#ringAt(at, milliseconds)
  }

  /** It is over. */
  delete(limited: Limited): void {
    this.#watched.delete(limited)
    if (this.#watched.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #ringAt(at: number, milliseconds: number): void {
    this.#timer?.cancel()
    this.#ringsAt = at
    this.#timer = this.#clock.after(milliseconds, () => this.#ring())
  }

  #ring(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    // All at once, since whom it tells may begin and end others.
    const overdue = this.#watched.members.filter(({ dueAt }) => dueAt <= now)
    for (const limited of overdue) this.delete(limited)
    for (const limited of overdue) limited.overdue()
    if (this.#timer !== undefined || this.#watched.size === 0) return
    const next = Math.min(...this.#watched.members.map(({ dueAt }) => dueAt))
    this.#ringAt(next, next - now)
  }
}
