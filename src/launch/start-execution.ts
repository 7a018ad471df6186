import type { JobExecution } from '../domain/job-execution.js'
import { JobExecutionAlreadyRunningError } from '../domain/launch-errors.js'
import type { JobExecutionRequest } from '../repository/job-repository.js'
import type { OperatorSettings } from './operator-options.js'
import { takeOverFromTheDead } from './recovery.js'

const ATTEMPTS = 3

/**
 * Stores a new execution. When the instance is held by an owner that has died, takes it over first: at once when the
 * owner's lease has expired, after the owner's grace when its session is gone. What runs in this very operator, as
 * `isRunning` says, is alive.
 */
export async function startExecution(
  settings: OperatorSettings,
  request: JobExecutionRequest,
  isRunning: (jobExecutionId: number) => boolean,
): Promise<JobExecution> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await settings.repository.createJobExecution(request)
    } catch (error) {
      if (!(error instanceof JobExecutionAlreadyRunningError) || error.ownerId === undefined) throw error
      if (error.jobExecutionId !== undefined && isRunning(error.jobExecutionId)) throw error
      // Each round either frees the instance or finds its owner alive; several starters may race for it.
      if (attempt === ATTEMPTS || !(await takeOverFromTheDead(settings, error.jobInstanceId, request.ownerId))) {
        throw error
      }
    }
  }
}
