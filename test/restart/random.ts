/** Numbers that look random and are the same for the same seed. */
export class Random {
  readonly seed: number
  #state: number

  /** Without a seed: the one in CHUNKWISE_TEST_SEED, or a new one. Print it, so that a failure can be repeated. */
  constructor(seed: number = Number(process.env['CHUNKWISE_TEST_SEED'] ?? Date.now() % 1_000_000)) {
    this.seed = seed
    this.#state = seed
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return least + (((mixed ^ (mixed >>> 14)) >>> 0) % (most - least + 1))
  }
}
