import { unlessAborted } from '../../support/abort.js'
import { type Clock, sleep } from '../../support/clock.js'

/** What became of a request, as far as the health of the service is concerned. */
export type Outcome = 'success' | 'failure' | 'unknown'

/** A request's leave to be sent. Whoever asks makes one, and gives it back with the outcome. */
export interface Admission {
  /** Whether it is the one request that tries whether the service is well again. */
  isProbe: boolean
}

/**
 * Leaves a service alone that has failed so many times in a row: requests wait for a pause, then one of them tries, and
 * the others wait for what becomes of it.
 */
export class CircuitBreaker {
  readonly #clock: Clock
  readonly #threshold: number
  readonly #pause: number
  #failures = 0
  #openedAt: number | undefined
  #nextTry = 0
  #isProbing = false
  #waiting: (() => void)[] = []

  /** `pause` is in milliseconds. */
  constructor(clock: Clock, threshold: number, pause: number) {
    this.#clock = clock
    this.#threshold = threshold
    this.#pause = pause
  }

  /** For how long it has been open, in milliseconds; `undefined` when it is not. */
  get openFor(): number | undefined {
    return this.#openedAt === undefined ? undefined : this.#clock.monotonic() - this.#openedAt
  }

  /** Resolves when a request may be sent. */
  async admit(admission: Admission, signal: AbortSignal): Promise<void> {
    while (this.#openedAt !== undefined) {
      if (this.#isProbing) {
        await this.#nextOutcome(signal)
        continue
      }
      const delay = this.#nextTry - this.#clock.monotonic()
      if (delay > 0) {
        await sleep(this.#clock, delay, signal)
        continue
      }
      signal.throwIfAborted()
      this.#isProbing = true
      admission.isProbe = true
      return
    }
  }

  /** Says what became of a request that was admitted, also of one that was never sent. */
  report(admission: Admission, outcome: Outcome): void {
    const wasProbe = admission.isProbe
    admission.isProbe = false
    if (wasProbe) this.#isProbing = false
    if (outcome === 'success') {
      this.#failures = 0
      this.#openedAt = undefined
    } else if (outcome === 'failure') {
      this.#failures++
      // What was under way when it opened says nothing new.
      if (wasProbe || (this.#openedAt === undefined && this.#failures >= this.#threshold)) this.#open()
    }
    if (!this.#isProbing) for (const tell of this.#waiting.splice(0)) tell()
  }

  #open(): void {
    const now = this.#clock.monotonic()
    this.#openedAt ??= now
    this.#nextTry = now + this.#pause
  }

  #nextOutcome(signal: AbortSignal): Promise<void> {
    return unlessAborted(signal, new Promise((resolve) => this.#waiting.push(resolve)))
  }
}
