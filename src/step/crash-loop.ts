import { CrashLoopError } from '../domain/crash-loop-error.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { JobRepository } from '../repository/job-repository.js'
import { isOwnerLost } from '../repository/owner-lost.js'
import { CALLS } from './call-count.js'
import type { Json } from '../support/json.js'

/** Where a step's context has its place: the reader's position, or how many items or calls are done. */
const PLACES = ['chunkwise.reader', 'chunkwise.count', CALLS]

/**
 * Throws when the last executions of a step, `maxCrashes` of them or more, have all died at the same place. An ordinary
 * failure, a stop, or a chunk that was committed ends the row.
 *
 * @throws CrashLoopError
 */
export async function checkCrashes(
  repository: JobRepository,
  last: StepExecution,
  maxCrashes: number | undefined,
): Promise<void> {
  if (maxCrashes === undefined || !isOwnerLost(last)) return
  const { jobInstanceId, stepName } = last
  const latest = await repository.listStepExecutions(jobInstanceId, stepName, { limit: maxCrashes })
  // A partition that never began has neither crashed nor lived.
  const crashes = crashesInARow(latest.filter(({ startTime }) => startTime !== undefined))
  if (crashes >= maxCrashes) throw new CrashLoopError(stepName, placeOf(last), crashes)
}

/** Who commits nothing dies where it began: so a row goes back to the first that has committed a chunk. */
function crashesInARow(latest: readonly StepExecution[]): number {
  let crashes = 0
  for (const execution of latest) {
    if (!isOwnerLost(execution)) break
    crashes++
    if (execution.counts.commit > 0) break
  }
  return crashes
}

function placeOf({ executionContext }: StepExecution): Json | undefined {
  return PLACES.map((key) => executionContext.get<Json>(key)).find((place) => place !== undefined)
}
