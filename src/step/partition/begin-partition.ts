import { StartLimitExceededError, StepStateUnknownError } from '../../domain/step-errors.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { neverBegan, type StepSummary } from '../../repository/partitions.js'
import { retryTransient } from '../../sql/retry-transient.js'
import { checkCrashes } from '../crash-loop.js'
import type { StepScene } from '../step-scene.js'
import type { Step } from '../step.js'

/**
 * Begins a partition: the step execution that the plan has stored, or a new one with the context of the latest.
 *
 * @throws StartLimitExceededError, StepStateUnknownError, CrashLoopError
 */
export async function beginPartition(
  worker: Step<never>,
  { stepName, last, starts }: StepSummary,
  scene: StepScene,
): Promise<StepExecution> {
  const { repository, lease, clock, logger, maxCrashes } = scene
  if (last.status === 'UNKNOWN') throw new StepStateUnknownError(stepName, last.id)
  if (worker.startLimit !== undefined && starts >= worker.startLimit) {
    throw new StartLimitExceededError(stepName, worker.startLimit)
  }
  const retry = { clock, logger, what: 'beginning a partition', maxAttempts: 7 }
  const latest = await retryTransient(retry, () => repository.getStepExecution(last.id))
  if (latest === undefined) throw new Error(`step execution ${last.id} of ${stepName} is gone`)
  if (neverBegan(latest) && latest.jobExecutionId === lease.jobExecutionId) {
    return retryTransient(retry, () => repository.updateStepExecution({ ...latest, status: 'STARTED' }, lease))
  }
  if (worker.delegates?.(latest.executionContext) !== true) await checkCrashes(repository, latest, maxCrashes)
  const request = { lease, stepName, executionContext: latest.executionContext.copy() }
  return retryTransient(retry, () => repository.createStepExecution(request))
}
