import { OptionCheck } from '../../domain/check-option.js'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import type { Clock } from '../../support/clock.js'
import type { LeasePage } from '../job-repository.js'
import type { HeldExecution, Lease, LeaseState, OwnerRequest, OwnerSession } from '../lease.js'
import { pageBounds } from '../page-bounds.js'
import { UnknownOwnerError } from '../repository-errors.js'

interface Owner {
  renewals: number
  expiresAt: number
}

/** Owners and their leases, in memory. A process that dies takes them along; a test lets them expire by its clock. */
export class MemoryLeases {
  readonly #clock: Clock
  readonly #owners = new Map<string, Owner>()
  readonly #leases = new Map<number, Lease>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  openOwner({ ownerId, leaseDuration }: OwnerRequest, isStopping: (jobExecutionId: number) => boolean): OwnerSession {
    const check = new OptionCheck('openOwner')
    check.text('ownerId', ownerId, 1, 36)
    check.integer('leaseDuration', leaseDuration, 0)
    let closed = false
    const renew = async (): Promise<void> => {
      if (closed) return
      const renewals = (this.#owners.get(ownerId)?.renewals ?? 0) + 1
      this.#owners.set(ownerId, { renewals, expiresAt: this.#clock.now() + leaseDuration })
    }
    const close = async (): Promise<void> => {
      closed = true
      this.#owners.delete(ownerId)
    }
    const held = async (): Promise<readonly HeldExecution[]> => {
      if (closed) throw new UnknownOwnerError(ownerId)
      return this.#heldBy(ownerId).map(({ jobInstanceId, jobExecutionId }) => ({
        jobInstanceId,
        jobExecutionId,
        stopRequested: isStopping(jobExecutionId),
      }))
    }
    void renew()
    return { ownerId, sessionLock: false, renew, held, close }
  }

  assertOwner(ownerId: string): void {
    if (!this.#owners.has(ownerId)) throw new UnknownOwnerError(ownerId)
  }

  get(jobInstanceId: number): Lease | undefined {
    return this.#leases.get(jobInstanceId)
  }

  take(lease: Lease): void {
    this.#leases.set(lease.jobInstanceId, { ...lease })
  }

  free(jobInstanceId: number): void {
    this.#leases.delete(jobInstanceId)
  }

  /** Throws `OwnershipLostError` unless the lease still names this owner and execution. */
  assertHeld(lease: Lease): void {
    const held = this.#leases.get(lease.jobInstanceId)
    if (held?.ownerId === lease.ownerId && held.jobExecutionId === lease.jobExecutionId) return
    throw new OwnershipLostError(lease, 'its lease was taken over or has ended')
  }

  find(jobInstanceId: number): LeaseState | undefined {
    const lease = this.#leases.get(jobInstanceId)
    if (lease === undefined) return undefined
    const owner = this.#owners.get(lease.ownerId)
    return {
      ...lease,
      expired: owner === undefined || owner.expiresAt <= this.#clock.now(),
      sessionGone: undefined,
      renewedAt: owner === undefined ? '' : String(owner.renewals),
    }
  }

  list({ after = 0, limit }: LeasePage = {}): readonly LeaseState[] {
    const bounds = pageBounds(limit === undefined ? {} : { limit })
    const ids = [...this.#leases.keys()].filter((id) => id > after).sort((a, b) => a - b)
    return ids.slice(0, bounds.limit).flatMap((id) => this.find(id) ?? [])
  }

  #heldBy(ownerId: string): readonly Lease[] {
    return [...this.#leases.values()].filter((lease) => lease.ownerId === ownerId)
  }

  /** Whether the holder of the instance is who was observed, and as dead as it was then. */
  isStill(observed: LeaseState): boolean {
    const now = this.find(observed.jobInstanceId)
    if (now?.ownerId !== observed.ownerId || now.jobExecutionId !== observed.jobExecutionId) return false
    return now.expired || now.renewedAt === observed.renewedAt
  }
}
