import type { LeaseState } from '../repository/lease.js'
import { sleep } from '../support/clock.js'
import type { OperatorSettings } from './operator-options.js'

/** How many leases are read at once. */
const PAGE = 1000

/**
 * Takes an instance over from its owner if that is dead: at once when its lease has expired, after its grace when its
 * session is gone. True when the instance may be free now.
 */
export async function takeOverFromTheDead(
  settings: OperatorSettings,
  jobInstanceId: number,
  ownerId: string,
): Promise<boolean> {
  const { repository, ownerGrace, clock } = settings
  const seen = await repository.findLease(jobInstanceId)
  if (seen === undefined) return true
  if (!seen.expired) {
    if (seen.sessionGone !== true) return false
    await sleep(clock, ownerGrace)
    const again = await repository.findLease(jobInstanceId)
    if (again === undefined) return true
    if (!isStillGone(seen, again)) return false
  }
  return takeOver(settings, seen, ownerId)
}

/**
 * Takes over everything whose owner is dead, but nothing of one of `except`. Resolves with the ids of the executions
 * that this call has recovered. What goes wrong with one keeps it from none of the others; the first error is thrown at
 * the end.
 */
export async function recoverAll(
  settings: OperatorSettings,
  except: (ownerId: string) => boolean,
  ownerId: () => Promise<string>,
): Promise<readonly number[]> {
  const { ownerGrace, clock } = settings
  const found = (await allLeases(settings)).filter((lease) => !except(lease.ownerId))
  const recovered: number[] = []
  const failures: unknown[] = []
  const takeOverEach = async (leases: readonly LeaseState[]): Promise<void> => {
    for (const lease of leases) {
      try {
        if (await takeOver(settings, lease, await ownerId())) recovered.push(lease.jobExecutionId)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await takeOverEach(found.filter(({ expired }) => expired))
  const suspects = found.filter(({ expired, sessionGone }) => !expired && sessionGone === true)
  if (suspects.length > 0) {
    await sleep(clock, ownerGrace)
    await takeOverEach(await stillGone(settings, suspects))
  }
  if (failures.length > 0) throw failures[0]
  return recovered
}

async function allLeases({ repository }: OperatorSettings): Promise<readonly LeaseState[]> {
  const all: LeaseState[] = []
  for (;;) {
    const page = await repository.listLeases({ after: all.at(-1)?.jobInstanceId ?? 0, limit: PAGE })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

async function stillGone(
  { repository }: OperatorSettings,
  suspects: readonly LeaseState[],
): Promise<readonly LeaseState[]> {
  const gone: LeaseState[] = []
  for (const seen of suspects) {
    const again = await repository.findLease(seen.jobInstanceId)
    if (again !== undefined && isStillGone(seen, again)) gone.push(seen)
  }
  return gone
}

function isStillGone(seen: LeaseState, again: LeaseState): boolean {
  return again.renewedAt === seen.renewedAt && again.sessionGone === true
}

async function takeOver({ repository, logger }: OperatorSettings, seen: LeaseState, ownerId: string): Promise<boolean> {
  const taken = await repository.takeOver(seen, ownerId)
  if (taken) {
    const { jobExecutionId, jobInstanceId } = seen
    logger.warn({ jobExecutionId, jobInstanceId, deadOwner: seen.ownerId }, 'taken over from a dead owner')
  }
  return taken
}
