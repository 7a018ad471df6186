import type { Clock } from '../../support/clock.js'

/** What is remembered of a look-up: what was found, or that there is nothing. */
export interface Found<V> {
  readonly value: V | undefined
}

interface Kept<V> extends Found<V> {
  readonly until: number
}

/** Remembers the answers that were used last, hits and misses alike. */
export class LookupCache<V> {
  readonly #clock: Clock
  readonly #size: number
  readonly #maxAge: number
  // In the order of their use, the oldest first.
  readonly #kept = new Map<string, Kept<V>>()

  /** `size` answers; `maxAge` in milliseconds. */
  constructor(clock: Clock, size: number, maxAge: number) {
    this.#clock = clock
    this.#size = size
    this.#maxAge = maxAge
  }

  get(key: string): Found<V> | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    if (kept.until <= this.#clock.monotonic()) return undefined
    this.#kept.set(key, kept)
    return kept
  }

  set(key: string, value: V | undefined): void {
    if (this.#size === 0) return
    this.#kept.delete(key)
    this.#kept.set(key, { value, until: this.#clock.monotonic() + this.#maxAge })
    if (this.#kept.size <= this.#size) return
    const [oldest] = this.#kept.keys()
    this.#kept.delete(oldest as string)
  }
}
