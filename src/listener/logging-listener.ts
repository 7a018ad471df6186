import { OptionCheck } from '../domain/check-option.js'
import { BatchStatus } from '../domain/batch-status.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import { type Clock, systemClock } from '../support/clock.js'
import type { Logger } from '../support/logger.js'
import { readableNumber, readableTime } from '../support/readable.js'
import type { TransactionContext } from '../transaction/transaction-context.js'
import type { FaultListener } from './fault-listener.js'
import type { JobListener } from './job-listener.js'
import type { StepListener } from './step-listener.js'

/** Options of {@link loggingListener}. */
export interface LoggingListenerOptions {
  /** The clock that durations are measured by. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/** A listener of jobs and steps at once. */
export type LoggingListener = Required<JobListener & FaultListener> & Required<StepListener>

/**
 * A listener that writes a line when a job or a step begins and ends, with counts and duration, and one for each skip and
 * each retry. Give the same one to the job and to its steps: it tells of what it is given to. Nothing of an item is
 * written but what is in the message of its error. A skip is told inside its transaction: when that is rolled back and
 * done again, it is told again.
 *
 * The operator's own `logger` has the bare beginnings and ends of jobs and steps too: with both, those come twice.
 *
 * @example
 * ```ts
 * import { chunkStep, consoleLogger, job, loggingListener } from 'chunkwise'
 *
 * const log = loggingListener(consoleLogger())
 * const load = chunkStep('load', { chunkSize: 100, reader: ['Ada', 'Grace'], writer: () => {}, listeners: [log] })
 * export const nightly = job('nightly', { listeners: [log] }).start(load).build()
 * ```
 *
 * @throws InvalidOptionError
 */
export function loggingListener(logger: Logger, options: LoggingListenerOptions = {}): LoggingListener {
  const check = new OptionCheck('loggingListener')
  check.methods('logger', logger, ['debug', 'info', 'warn', 'error'], 'a logger with debug, info, warn and error')
  check.object(options, ['clock'])
  const { clock = systemClock } = options
  check.methods('clock', clock, ['now', 'monotonic', 'after'], 'a Clock')
  return { ...tellJobs(logger, clock), ...tellSteps(logger, clock), ...tellFaults(logger) }
}

function tellJobs(logger: Logger, clock: Clock): Required<JobListener> {
  const begun = new WeakMap<JobExecution, number>()
  return {
    beforeJob(execution) {
      begun.set(execution, clock.monotonic())
      logger.info(fieldsOf(execution), `job ${execution.jobName} started`)
    },
    afterJob(execution) {
      const { jobName, status, failures } = execution
      const duration = clock.monotonic() - (begun.get(execution) ?? clock.monotonic())
      const fields = { ...fieldsOf(execution), status, duration: Math.round(duration) }
      const line = `job ${jobName} ${status.toLowerCase()} after ${readableTime(duration)}`
      if (BatchStatus.isUnsuccessful(status)) logger.error({ ...fields, error: failures[0] }, line)
      else logger.info(fields, line)
    },
  }
}

function tellSteps(logger: Logger, clock: Clock): Required<StepListener> {
  const begun = new WeakMap<StepExecution, number>()
  return {
    beforeStep({ stepExecution }) {
      begun.set(stepExecution, clock.monotonic())
      logger.info(stepFields(stepExecution), `step ${stepExecution.stepName} started`)
    },
    afterStep(execution) {
      const { stepName, status, counts, failures } = execution
      const duration = clock.monotonic() - (begun.get(execution) ?? clock.monotonic())
      const fields = { ...stepFields(execution), status, duration: Math.round(duration), ...counts }
      const line = `step ${stepName} ${status.toLowerCase()} after ${readableTime(duration)}: ${readableCounts(counts)}`
      if (status === 'FAILED') logger.error({ ...fields, error: failures[0] }, line)
      else logger.info(fields, line)
    },
  }
}

function tellFaults(logger: Logger): Required<FaultListener> {
  const skipped = (phase: string, error: unknown, { stepExecution }: TransactionContext): void => {
    const line = `step ${stepExecution.stepName} skipped what failed in ${phase}: ${messageOf(error)}`
    logger.warn({ ...stepFields(stepExecution), phase, error }, line)
  }
  return {
    onSkipInRead: (error, context) => skipped('read', error, context),
    onSkipInProcess: (_item, error, context) => skipped('process', error, context),
    onSkipInWrite: (_item, error, context) => skipped('write', error, context),
    onRetry(error, { phase, attempt, delay }, { stepExecution }) {
      const wait = delay === 0 ? 'at once' : `in ${readableTime(delay)}`
      const line = `step ${stepExecution.stepName} tries ${phase} again ${wait}, attempt ${attempt} failed: ${messageOf(error)}`
      logger.warn({ ...stepFields(stepExecution), phase, attempt, delay, error }, line)
    },
  }
}

function fieldsOf({ jobName, id }: JobExecution): object {
  return { job: jobName, jobExecutionId: id }
}

function stepFields({ stepName, id, jobExecutionId }: StepExecution): object {
  return { step: stepName, stepExecutionId: id, jobExecutionId }
}

/** What was counted, in words, without what is zero; read and written always. */
function readableCounts({ readSkip, processSkip, writeSkip, ...counts }: StepCounts): string {
  const more = [
    [counts.filter, 'filtered'],
    [readSkip + processSkip + writeSkip, 'skipped'],
    [counts.rollback, 'rolled back'],
  ] as const
  const named = more.filter(([count]) => count > 0).map(([count, word]) => `${readableNumber(count)} ${word}`)
  return [`${readableNumber(counts.read)} read`, `${readableNumber(counts.write)} written`, ...named].join(', ')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
