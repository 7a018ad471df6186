import { OptionCheck } from '../domain/check-option.js'
import type { Job } from '../job/job.js'
import type { JobRepository } from '../repository/job-repository.js'
import { type Clock, systemClock } from '../support/clock.js'
import type { Duration } from '../support/duration.js'
import { type Logger, silentLogger } from '../support/logger.js'

/** Options of {@link JobOperator}. */
export interface JobOperatorOptions {
  /** Where executions are remembered. */
  readonly repository: JobRepository
  /** The jobs that can be started by name and restarted by id. Names are unique. Default: none. */
  readonly jobs?: readonly Job[]
  /**
   * How long a renewal of the operator's lease is good. It is renewed every third of it; an operator that is blocked or
   * cut off for longer may be taken over, and is fenced. Default `'30s'`, at least 300 ms, at most a day.
   */
  readonly leaseDuration?: Duration
  /**
   * How long another operator whose session has gone is given to come back before its executions are taken over, when
   * its lease has not expired yet. Default `'2s'`.
   */
  readonly ownerGrace?: Duration
  /** Where log lines go. Default: nowhere. A pino logger is one. */
  readonly logger?: Logger
  /** The clock; tests hand in a manual one. */
  readonly clock?: Clock
}

/** The options, checked and complete. */
export interface OperatorSettings {
  readonly repository: JobRepository
  readonly jobs: ReadonlyMap<string, Job>
  readonly leaseDuration: number
  readonly ownerGrace: number
  readonly logger: Logger
  readonly clock: Clock
}

/** Beyond some days a timer rings at once: a lease that long is a mistake. */
const DAY = 86_400_000

const KNOWN = ['repository', 'jobs', 'leaseDuration', 'ownerGrace', 'logger', 'clock']

/** Checks the options of an operator. */
export function operatorSettings(options: JobOperatorOptions): OperatorSettings {
  const check = new OptionCheck('JobOperator')
  check.object(options, KNOWN)
  check.methods('repository', options.repository, ['createJobExecution', 'openOwner'], 'a job repository')
  const logger = options.logger ?? silentLogger
  check.methods('logger', logger, ['debug', 'info', 'warn', 'error'], 'a logger with debug, info, warn and error')
  const leaseDuration = check.duration('leaseDuration', options.leaseDuration ?? '30s', 300)
  if (leaseDuration > DAY) check.fail('leaseDuration', options.leaseDuration, 'at most a day')
  return {
    repository: options.repository,
    jobs: jobsByName(check, options.jobs ?? []),
    leaseDuration,
    ownerGrace: check.duration('ownerGrace', options.ownerGrace ?? '2s'),
    logger,
    clock: check.methods('clock', options.clock ?? systemClock, ['now', 'monotonic', 'after'], 'a Clock'),
  }
}

function jobsByName(check: OptionCheck, jobs: readonly Job[]): ReadonlyMap<string, Job> {
  if (!Array.isArray(jobs)) check.fail('jobs', jobs, 'an array of jobs')
  const byName = new Map<string, Job>()
  for (const [index, job] of jobs.entries()) {
    if (!isJob(job)) check.fail(`jobs[${index}]`, job, 'a job; call build() at the end of job(…)')
    if (byName.has(job.name)) check.fail(`jobs[${index}]`, job.name, 'a job of another name than those before it')
    byName.set(job.name, job)
  }
  return byName
}

/** Whether a value is a finished job. */
export function isJob(value: unknown): value is Job {
  const job = value as Partial<Job> | null | undefined
  return typeof job?.name === 'string' && Array.isArray(job.steps)
}
