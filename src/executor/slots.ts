import pLimit, { type LimitFunction } from 'p-limit'

/** Gives a slot back. Must be called exactly once. */
export type Release = () => void

/** The sizes of a set of slots. */
export interface SlotSizes {
  /** Slots that are always there. */
  readonly core: number
  /** Slots when the queue is full. */
  readonly max: number
  /** Claims that may queue before more than `core` slots are made. */
  readonly queueCapacity: number
}

/**
 * Slots that are claimed and released, first come, first served. A slot is a job of p-limit that ends when the slot is
 * released.
 */
export class Slots {
  readonly #sizes: SlotSizes
  readonly #limit: LimitFunction
  // Slots held plus claims queued. p-limit's own counts lag behind a release by some microtasks, in which a task that
  // follows another would be rejected for want of room. The limit never falls below the slots held, so
  // `claims - limit` is what queues.
  #claims = 0

  constructor(sizes: SlotSizes) {
    this.#sizes = sizes
    this.#limit = pLimit(sizes.core)
  }

  /** Whether a claim made now gets a slot or a place in the queue; adds a slot, up to the maximum, when it must. */
  makeRoom(): boolean {
    if (this.#claims < this.#limit.concurrency + this.#sizes.queueCapacity) return true
    if (this.#limit.concurrency >= this.#sizes.max) return false
    this.#limit.concurrency++
    return true
  }

  /** Resolves when a slot is free, after all claims made before. Does not look at the capacity of the queue. */
  claim(): Promise<Release> {
    this.#claims++
    return new Promise((grant) => {
      void this.#limit(() => new Promise<void>((free) => grant(() => this.#release(free))))
    })
  }

  #release(free: () => void): void {
    this.#claims--
    // Nobody queues: a slot beyond the core goes with its task.
    if (this.#claims < this.#limit.concurrency && this.#limit.concurrency > this.#sizes.core) {
      this.#limit.concurrency = Math.max(this.#sizes.core, this.#claims)
    }
    free()
  }
}
