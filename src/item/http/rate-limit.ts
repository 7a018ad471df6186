/** Lets at most so many requests begin in any span of a given length. */
export class RateLimit {
  readonly #per: number
  /** When the last requests began, oldest at `#at`. */
  readonly #begun: (number | undefined)[]
  #at = 0

  /** `per` is in milliseconds. */
  constructor(requests: number, per: number) {
    this.#per = per
    this.#begun = Array.from({ length: requests })
  }

  /** The milliseconds until another one may begin; 0 or less: now. */
  delay(now: number): number {
    const oldest = this.#begun[this.#at]
    return oldest === undefined ? 0 : oldest + this.#per - now
  }

  /** One begins now. */
  take(now: number): void {
    this.#begun[this.#at] = now
    this.#at = (this.#at + 1) % this.#begun.length
  }
}
