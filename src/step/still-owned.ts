import { OwnershipLostError } from '../domain/ownership-errors.js'
import { retryTransient } from '../sql/retry-transient.js'
import type { StepRuntime } from './step.js'

/**
 * Asks the repository whether the step's execution is still this owner's: for what no transaction fences.
 *
 * @throws OwnershipLostError it is another's
 */
export async function assertStillOwned({
  repository,
  lease,
  clock,
  context,
  ownershipLost,
}: StepRuntime): Promise<void> {
  const lost = ownershipLost()
  if (lost !== undefined) throw lost
  const held = await retryTransient({ clock, logger: context.logger, what: 'reading the lease', maxAttempts: 7 }, () =>
    repository.findLease(lease.jobInstanceId),
  )
  if (held?.ownerId === lease.ownerId && held.jobExecutionId === lease.jobExecutionId) return
  throw new OwnershipLostError(lease, 'the lease is another owner’s, or gone')
}
