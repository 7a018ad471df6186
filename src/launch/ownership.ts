import { randomUUID } from 'node:crypto'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { Lease, OwnerSession } from '../repository/lease.js'
import type { Timer } from '../support/clock.js'
import type { OperatorSettings } from './operator-options.js'

/** An execution of this operator that must end when the lease is lost. */
export interface Owned {
  readonly lease: Lease
  /** Ends the execution: nothing more of it may be written. */
  lose(error: OwnershipLostError): void
}

/**
 * The operator's registration with the repository: opened with the first start, renewed every third of the lease. When
 * it could not be renewed for as long as the lease lasts, everything that runs is told that it has lost its ownership;
 * the database fences it in any case.
 */
export class Ownership {
  readonly #settings: OperatorSettings
  readonly #running: () => Iterable<Owned>
  #session: Promise<OwnerSession> | undefined
  #timer: Timer | undefined
  #renewing: Promise<void> | undefined
  #renewedAt = 0
  #closed = false

  constructor(settings: OperatorSettings, running: () => Iterable<Owned>) {
    this.#settings = settings
    this.#running = running
  }

  /** The id under which this operator owns executions. Registers it first, if need be. */
  async ownerId(): Promise<string> {
    this.#session ??= this.#open()
    try {
      return (await this.#session).ownerId
    } catch (error) {
      this.#session = undefined
      throw error
    }
  }

  /** Ends the registration. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    const session = await this.#session?.catch(() => undefined)
    await this.#renewing
    await session?.close()
  }

  async #open(): Promise<OwnerSession> {
    const { repository, leaseDuration, clock, logger } = this.#settings
    const ownerId = randomUUID()
    const before = clock.monotonic()
    let opened: OwnerSession | undefined
    const session = await repository.openOwner({
      ownerId,
      leaseDuration,
      // May come before the session itself does.
      onSessionLost: () => opened && this.#renewSoon(opened, 0),
    })
    opened = session
    if (!session.sessionLock) {
      logger.info({ ownerId }, 'no session lock can be had: a dead owner is noticed when its lease has expired')
    }
    this.#renewedAt = before
    this.#renewSoon(session, leaseDuration / 3)
    return session
  }

  #renewSoon(session: OwnerSession, delay: number): void {
    if (this.#closed) return
    this.#timer?.cancel()
    this.#timer = this.#settings.clock.after(delay, () => {
      this.#renewing ??= this.#renew(session).finally(() => (this.#renewing = undefined))
    })
  }

  async #renew(session: OwnerSession): Promise<void> {
    const { leaseDuration, clock, logger } = this.#settings
    const before = clock.monotonic()
    // A connection that hangs gives no error: silence for as long as the lease lasts counts as one.
    const silence = clock.after(leaseDuration, () => this.#loseAll(undefined))
    try {
      await session.renew()
      this.#renewedAt = before
      this.#renewSoon(session, leaseDuration / 3)
    } catch (error) {
      const since = Math.round(before - this.#renewedAt)
      logger.warn({ error, ownerId: session.ownerId, since }, 'the lease could not be renewed: trying again')
      if (since >= leaseDuration) this.#loseAll(error)
      this.#renewSoon(session, leaseDuration / 10)
    } finally {
      silence.cancel()
    }
  }

  #loseAll(cause: unknown): void {
    for (const owned of this.#running()) {
      owned.lose(new OwnershipLostError(owned.lease, 'its lease could not be renewed in time', { cause }))
    }
  }
}
