import { JobExecution } from '../domain/job-execution.js'

/** The stored execution with the failures of `current`, which the store does not keep. */
export function withFailures(stored: JobExecution, current: JobExecution): JobExecution {
  const stepExecutions = stored.stepExecutions.map((step) => ({
    ...step,
    failures: current.stepExecutions.find(({ id }) => id === step.id)?.failures ?? [],
  }))
  const { id, jobInstance, parameters, version, status, exitStatus, executionContext } = stored
  const { createTime, startTime, endTime, lastUpdated } = stored
  return new JobExecution({
    id,
    jobInstance,
    parameters,
    version,
    status,
    exitStatus,
    executionContext,
    createTime,
    startTime,
    endTime,
    lastUpdated,
    stepExecutions,
    failures: current.failures,
  })
}
