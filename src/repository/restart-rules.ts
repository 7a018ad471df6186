import type { BatchStatus } from '../domain/batch-status.js'
import type { JobInstance } from '../domain/job-instance.js'
import { javaTypeOf, parameterToText } from '../domain/java-parameter.js'
import {
  JobExecutionAlreadyRunningError,
  JobInstanceAlreadyCompleteError,
  JobKeyCollisionError,
  JobRestartError,
} from '../domain/launch-errors.js'
import type { JobParameters } from '../domain/job-parameters.js'
import type { JobExecutionRequest } from './job-repository.js'

/** What a restart has to know of the instance's last execution. */
export interface LastExecution {
  readonly id: number
  readonly status: BatchStatus
  readonly parameters: JobParameters
}

/**
 * Whether an instance on which nobody holds a lease may be started again. A completed instance never is, even where it
 * has no identifying parameters. An execution that runs without a lease is that of another program, a Java job say.
 */
export function checkRestart(request: JobExecutionRequest, instance: JobInstance, last: LastExecution): void {
  const { jobName } = request
  if (identifyingRows(request.parameters) !== identifyingRows(last.parameters)) {
    throw new JobKeyCollisionError(jobName, instance.id, instance.jobKey)
  }
  const place = { jobName, jobInstanceId: instance.id, jobExecutionId: last.id }
  switch (last.status) {
    case 'STARTING':
    case 'STARTED':
    case 'STOPPING':
      throw new JobExecutionAlreadyRunningError({ ...place, ownerId: undefined })
    case 'COMPLETED':
      throw new JobInstanceAlreadyCompleteError(place)
    case 'ABANDONED':
      throw new JobRestartError(jobName, last.id, 'it was abandoned: change an identifying parameter')
    case 'UNKNOWN':
      throw new JobRestartError(
        jobName,
        last.id,
        'how it ended is unknown: look at what it has written, then abandon it',
      )
    default:
      if (request.follows !== undefined && instance.id > request.follows) {
        throw new JobRestartError(
          jobName,
          last.id,
          'another start has made this instance meanwhile: start the next again',
        )
      }
      if (!request.restartable) {
        throw new JobRestartError(jobName, last.id, 'the job prevents a restart: change an identifying parameter')
      }
  }
}

/** As they are stored. Not as the job key renders them: it leaves off the milliseconds of a date. */
function identifyingRows(parameters: JobParameters): string {
  const rows = [...parameters]
    .filter(([, parameter]) => parameter.identifying)
    .map(([name, parameter]) => [name, javaTypeOf(parameter), parameterToText(parameter)])
  return JSON.stringify(rows.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)))
}
