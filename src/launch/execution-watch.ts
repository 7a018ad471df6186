import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { OwnerSession } from '../repository/lease.js'
import type { Timer } from '../support/clock.js'
import type { OperatorSettings } from './operator-options.js'
import type { Owned } from './owned.js'

/**
 * Looks, while something runs, whether it is still this operator's and whether somebody has asked it to stop: one query
 * for all of it, every `stopPollInterval` and after each renewal.
 */
export class ExecutionWatch {
  readonly #settings: OperatorSettings
  readonly #running: () => Iterable<Owned>
  #session: OwnerSession | undefined
  #timer: Timer | undefined
  #looking: Promise<void> | undefined
  #closed = false

  constructor(settings: OperatorSettings, running: () => Iterable<Owned>) {
    this.#settings = settings
    this.#running = running
  }

  /** From now on there is a session to look with. */
  open(session: OwnerSession): void {
    this.#session = session
    this.adjust()
  }

  /** Sets the timer if something runs, and cancels it if nothing does. */
  adjust(): void {
    const isIdle = this.#closed || this.#session === undefined || [...this.#running()].length === 0
    if (isIdle) {
      this.#timer?.cancel()
      this.#timer = undefined
      return
    }
    if (this.#timer !== undefined) return
    const timer = this.#settings.clock.after(this.#settings.stopPollInterval, () => {
      void this.look().then(() => {
        // Another one may have been set meanwhile.
        if (this.#timer === timer) this.#timer = undefined
        this.adjust()
      })
    })
    this.#timer = timer
  }

  close(): void {
    this.#closed = true
    this.adjust()
  }

  /** Looks now, once for all who ask at the same time. Never rejects: a repository out of reach is the renewal's matter. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look(): Promise<void> {
    // Those only that ran before the question was asked: a later one may not be in the answer.
    const running = [...this.#running()]
    if (running.length === 0 || this.#session === undefined) return
    try {
      const held = new Map((await this.#session.held()).map((one) => [one.jobExecutionId, one]))
      if (this.#closed) return
      for (const owned of running) {
        const stored = held.get(owned.lease.jobExecutionId)
        if (stored === undefined) owned.lose(new OwnershipLostError(owned.lease, 'its lease was taken over'))
        else if (stored.stopRequested) owned.requestStop()
      }
    } catch (error) {
      this.#settings.logger.debug({ error }, 'the repository could not be asked for stops')
    }
  }
}
