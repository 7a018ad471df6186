import { unlessAborted } from '../../support/abort.js'
import { type Clock, sleep } from '../../support/clock.js'
import { Mutex } from '../../support/mutex.js'
import type { Admission, CircuitBreaker, Outcome } from './circuit-breaker.js'
import type { RateLimit } from './rate-limit.js'

/** What a gate is made of. */
export interface GateParts {
  readonly clock: Clock
  readonly rateLimit: RateLimit | undefined
  readonly breaker: CircuitBreaker | undefined
}

/**
 * What every request to an origin passes before it is sent, first come, first served: a pause that the service has asked
 * for, the circuit breaker, the rate limit.
 */
export class OriginGate {
  readonly #parts: GateParts
  readonly #turns = new Mutex()
  #queued = 0
  #pausedUntil = -Infinity

  constructor(parts: GateParts) {
    this.#parts = parts
  }

  /** For how long the breaker has been open, in milliseconds; `undefined` when it is not. */
  get openFor(): number | undefined {
    return this.#parts.breaker?.openFor
  }

  /** Nobody passes for so many milliseconds from now; a longer pause that is already there stays. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#parts.clock.monotonic() + milliseconds)
  }

  /** Lets a request pass if nothing keeps it; says whether it has. */
  pass(): boolean {
    if (this.#queued > 0 || !this.#isOpen()) return false
    this.#parts.rateLimit?.take(this.#parts.clock.monotonic())
    return true
  }

  /**
   * Lets a request pass when its time has come. Rejects with the signal's reason when that is aborted. Whatever happens,
   * the same admission is then handed to `leave`.
   */
  enter(admission: Admission, signal: AbortSignal): Promise<void> {
    this.#queued++
    const entered = this.#turns.run(() => this.#wait(admission, signal)).finally(() => void this.#queued--)
    return unlessAborted(signal, entered)
  }

  /** Says what became of a request that has passed, or has waited in vain. */
  leave(admission: Admission, outcome: Outcome): void {
    this.#parts.breaker?.report(admission, outcome)
  }

  async #wait(admission: Admission, signal: AbortSignal): Promise<void> {
    // Who has gone must not become the probe: nobody would say what became of it.
    signal.throwIfAborted()
    await this.#parts.breaker?.admit(admission, signal)
    for (let delay = this.#delay(); delay > 0; delay = this.#delay()) await sleep(this.#parts.clock, delay, signal)
    this.#parts.rateLimit?.take(this.#parts.clock.monotonic())
  }

  #isOpen(): boolean {
    return this.openFor === undefined && this.#delay() <= 0
  }

  #delay(): number {
    const now = this.#parts.clock.monotonic()
    return Math.max(this.#pausedUntil - now, this.#parts.rateLimit?.delay(now) ?? 0)
  }
}
