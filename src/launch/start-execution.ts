import type { JobExecution } from '../domain/job-execution.js'
import { JobExecutionAlreadyRunningError } from '../domain/launch-errors.js'
import type { JobExecutionRequest } from '../repository/job-repository.js'
import { sleep } from '../support/clock.js'
import type { OperatorSettings } from './operator-options.js'

const ATTEMPTS = 3

/**
 * Stores a new execution. When the instance is held by an owner that has died, takes it over first: at once when the
 * owner's lease has expired, after the owner's grace when its session is gone.
 */
export async function startExecution(settings: OperatorSettings, request: JobExecutionRequest): Promise<JobExecution> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await settings.repository.createJobExecution(request)
    } catch (error) {
      if (!(error instanceof JobExecutionAlreadyRunningError) || error.ownerId === undefined) throw error
      // Each round either frees the instance or finds its owner alive; several starters may race for it.
      if (attempt === ATTEMPTS || !(await takeOverFromTheDead(settings, error.jobInstanceId, request.ownerId))) {
        throw error
      }
    }
  }
}

/** Takes an instance over from its owner if that is dead. True when the instance may be free now. */
async function takeOverFromTheDead(
  settings: OperatorSettings,
  jobInstanceId: number,
  ownerId: string,
): Promise<boolean> {
  const { repository, ownerGrace, clock, logger } = settings
  const seen = await repository.findLease(jobInstanceId)
  if (seen === undefined) return true
  if (!seen.expired) {
    if (seen.sessionGone !== true) return false
    await sleep(clock, ownerGrace)
    const again = await repository.findLease(jobInstanceId)
    if (again === undefined) return true
    if (again.renewedAt !== seen.renewedAt || again.sessionGone !== true) return false
  }
  const taken = await repository.takeOver(seen, ownerId)
  if (taken) {
    const { jobExecutionId } = seen
    logger.warn({ jobExecutionId, jobInstanceId, deadOwner: seen.ownerId }, 'taken over from a dead owner')
  }
  return taken
}
