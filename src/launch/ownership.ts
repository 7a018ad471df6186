import { randomUUID } from 'node:crypto'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { OwnerSession } from '../repository/lease.js'
import type { Timer } from '../support/clock.js'
import { ExecutionWatch } from './execution-watch.js'
import { warnRarely } from '../support/rare-warning.js'
import type { OperatorSettings } from './operator-options.js'
import type { Owned } from './owned.js'
import { within } from './within.js'

/** How long the end of a registration is waited for, in milliseconds. It expires by itself. */
const CLOSE_LIMIT = 5_000

/**
 * The operator's registration with the repository: opened with the first start, renewed every third of the lease. When
 * it could not be renewed for as long as the lease lasts, everything that runs is told that it has lost its ownership;
 * the database fences it in any case.
 */
export class Ownership {
  readonly #settings: OperatorSettings
  readonly #running: () => Iterable<Owned>
  readonly #watch: ExecutionWatch
  #session: Promise<OwnerSession> | undefined
  #timer: Timer | undefined
  #renewing: Promise<void> | undefined
  #currentId: string | undefined
  #renewedAt = 0
  #closed = false

  constructor(settings: OperatorSettings, running: () => Iterable<Owned>) {
    this.#settings = settings
    this.#running = running
    this.#watch = new ExecutionWatch(settings, running)
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

  /** The id of the registration, if there is one. */
  get currentId(): string | undefined {
    return this.#currentId
  }

  /** An execution begins or has ended: while something runs, the repository is asked for stops. */
  runningChanged(): void {
    this.#watch.adjust()
  }

  /** Ends the registration. Waits for it, but not for ever: it ends by itself when nobody renews it. Never rejects. */
  async close(limit: number = CLOSE_LIMIT): Promise<void> {
    const { clock, logger } = this.#settings
    this.#closed = true
    this.#timer?.cancel()
    this.#watch.close()
    const ended = this.#end().catch((error: unknown) => {
      logger.warn({ error }, 'the registration of the operator could not be ended: it expires by itself')
    })
    await within(clock, limit, ended)
  }

  async #end(): Promise<void> {
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
    this.#currentId = ownerId
    if (!session.sessionLock) {
      logger.info({ ownerId }, 'no session lock can be had: a dead owner is noticed when its lease has expired')
    }
    this.#renewedAt = before
    this.#watch.open(session)
    this.#renewSoon(session, leaseDuration / 3)
    return session
  }

  #renewSoon(session: OwnerSession, delay: number): void {
    if (this.#closed) return
    const { clock } = this.#settings
    this.#timer?.cancel()
    const due = clock.monotonic() + delay
    this.#timer = clock.after(delay, () => {
      this.#tellOfBlock(session, clock.monotonic() - due)
      this.#renewing ??= this.#renew(session).finally(() => (this.#renewing = undefined))
    })
  }

  /** A beat that comes late: something has kept the event loop, or the machine, from running. */
  #tellOfBlock({ ownerId }: OwnerSession, late: number): void {
    const { leaseDuration, logger } = this.#settings
    if (late <= leaseDuration / 3) return
    const fields = { blockedFor: Math.round(late), ownerId }
    logger.warn(
      fields,
      'the event loop was blocked: once it is for longer than the lease, others may take over what runs here',
    )
  }

  async #renew(session: OwnerSession): Promise<void> {
    const { leaseDuration, clock } = this.#settings
    const before = clock.monotonic()
    const silence = this.#awaitSilence(leaseDuration)
    try {
      await session.renew()
      this.#renewedAt = before
      this.#renewSoon(session, leaseDuration / 3)
      // After the renewal, never before: only then does what is still ours stay ours.
      void this.#watch.look()
    } catch (error) {
      const since = Math.round(before - this.#renewedAt)
      const fields = { error, ownerId: session.ownerId, since }
      warnRarely(this.#settings, fields, 'the lease could not be renewed: trying again')
      if (since >= leaseDuration) this.#loseAll(error)
      this.#renewSoon(session, leaseDuration / 10)
    } finally {
      silence.cancel()
    }
  }

  /** A connection that hangs gives no error: silence for as long as the lease lasts counts as one. */
  #awaitSilence(delay: number): Timer {
    const { leaseDuration, clock } = this.#settings
    const due = clock.monotonic() + delay
    let next: Timer | undefined
    const timer = clock.after(delay, () => {
      // After a block, an answer may have come that nobody could read: it is given the time to be read.
      if (clock.monotonic() - due > leaseDuration / 3) next = this.#awaitSilence(leaseDuration / 3)
      else this.#loseAll(undefined)
    })
    return {
      cancel: () => {
        timer.cancel()
        next?.cancel()
      },
    }
  }

  #loseAll(cause: unknown): void {
    for (const owned of this.#running()) {
      owned.lose(new OwnershipLostError(owned.lease, 'its lease could not be renewed in time', { cause }))
    }
  }
}
