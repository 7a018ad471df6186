import { types } from 'node:util'
import { JobExecution, type JobExecutionData } from '../../domain/job-execution.js'
import type { JobParameters } from '../../domain/job-parameters.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { guaranteeOf } from '../step-guarantee.js'

/** A job execution as it is kept: its steps are kept apart, and failures are not kept. */
export type ExecutionRecord = Omit<JobExecutionData, 'stepExecutions' | 'failures'>

/** A step execution with nothing in it that another one holds, and without its failures. */
export function copyStep(step: StepExecution): StepExecution {
  const executionContext = step.executionContext.copy()
  executionContext.markClean()
  return {
    ...step,
    executionContext,
    counts: { ...step.counts },
    guarantee: guaranteeOf(executionContext),
    createTime: new Date(step.createTime),
    startTime: copyTime(step.startTime),
    endTime: copyTime(step.endTime),
    lastUpdated: copyTime(step.lastUpdated),
    failures: [],
  }
}

/** A record with nothing in it that another one holds. */
export function copyRecord(record: ExecutionRecord): ExecutionRecord {
  const executionContext = record.executionContext.copy()
  executionContext.markClean()
  const { id, version, status, exitStatus } = record
  return {
    id,
    version,
    status,
    exitStatus,
    executionContext,
    jobInstance: { ...record.jobInstance },
    parameters: copyParameters(record.parameters),
    createTime: new Date(record.createTime),
    startTime: copyTime(record.startTime),
    endTime: copyTime(record.endTime),
    lastUpdated: copyTime(record.lastUpdated),
  }
}

/** The execution as others get it. */
export function executionOf(record: ExecutionRecord, steps: readonly StepExecution[]): JobExecution {
  return new JobExecution({ ...copyRecord(record), stepExecutions: steps.map(copyStep), failures: [] })
}

function copyParameters(parameters: JobParameters): JobParameters {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(
    sorted.map(([name, parameter]) => {
      const value = types.isDate(parameter.value) ? new Date(parameter.value) : parameter.value
      return [name, { ...parameter, value }]
    }),
  )
}

function copyTime(time: Date | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time)
}
