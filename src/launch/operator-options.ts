import { OptionCheck } from '../domain/check-option.js'
import { UnknownJobError } from '../domain/launch-errors.js'
import { InvalidOptionError } from '../domain/option-error.js'
import type { Job } from '../job/job.js'
import type { JobRepository } from '../repository/job-repository.js'
import { type Clock, systemClock } from '../support/clock.js'
import type { Duration } from '../support/duration.js'
import { type Logger, silentLogger } from '../support/logger.js'

/** Options of {@link JobOperator}. */
export interface JobOperatorOptions {
  /** Where executions are remembered. */
  readonly repository: JobRepository
  /**
   * The jobs that can be started by name and restarted by id. Names are unique. A function is asked the first time that a
   * job is looked for by its name, and not again once it has answered: for a host whose container makes the operator
   * before the jobs. Default: none.
   */
  readonly jobs?: readonly Job[] | (() => readonly Job[])
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
  /**
   * How often, while something runs, the repository is asked whether another process wants it stopped. A chunk that
   * commits learns of it at once. Default `'1s'`, at least 10 ms.
   */
  readonly stopPollInterval?: Duration
  /**
   * How often this operator looks for executions of dead owners, of any job, and takes them over: see
   * `JobOperator.recover`. At least 100 ms. Default: never by itself; a start takes over what it finds dead in its way.
   */
  readonly recoverEvery?: Duration
  /**
   * Call `shutdown()` on the first SIGTERM or SIGINT, and leave the signals alone again: a second one ends the process as
   * it does by default. The process is not ended by this: end it yourself, by closing what keeps it alive. Default false:
   * no signal handler is installed.
   */
  readonly handleSignals?: boolean
  /** Where log lines go. Default: nowhere. A pino logger is one. */
  readonly logger?: Logger
  /** The clock of timers and waits. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/** The options, checked and complete. */
export interface OperatorSettings {
  readonly repository: JobRepository
  readonly jobs: () => ReadonlyMap<string, Job>
  readonly leaseDuration: number
  readonly ownerGrace: number
  readonly stopPollInterval: number
  readonly recoverEvery: number | undefined
  readonly handleSignals: boolean
  readonly logger: Logger
  readonly clock: Clock
}

/** Beyond some days a timer rings at once: a lease that long is a mistake. */
const DAY = 86_400_000

const KNOWN = ['repository', 'jobs', 'leaseDuration', 'ownerGrace', 'stopPollInterval', 'recoverEvery'].concat(
  'handleSignals',
  'logger',
  'clock',
)

/** Checks the options of an operator. */
export function operatorSettings(options: JobOperatorOptions): OperatorSettings {
  const check = new OptionCheck('JobOperator')
  check.object(options, KNOWN)
  check.methods('repository', options.repository, ['createJobExecution', 'openOwner'], 'a job repository')
  const logger = options.logger ?? silentLogger
  check.methods('logger', logger, ['debug', 'info', 'warn', 'error'], 'a logger with debug, info, warn and error')
  return {
    repository: options.repository,
    jobs: jobsOnDemand(check, options.jobs ?? []),
    leaseDuration: interval(check, 'leaseDuration', options.leaseDuration ?? '30s', 300),
    ownerGrace: check.duration('ownerGrace', options.ownerGrace ?? '2s'),
    stopPollInterval: interval(check, 'stopPollInterval', options.stopPollInterval ?? '1s', 10),
    recoverEvery:
      options.recoverEvery === undefined ? undefined : interval(check, 'recoverEvery', options.recoverEvery, 100),
    handleSignals: check.boolean('handleSignals', options.handleSignals ?? false),
    logger,
    clock: check.methods('clock', options.clock ?? systemClock, ['now', 'monotonic', 'after'], 'a Clock'),
  }
}

function interval(check: OptionCheck, option: string, value: Duration, least: number): number {
  const milliseconds = check.duration(option, value, least)
  return milliseconds > DAY ? check.fail(option, value, 'at most a day') : milliseconds
}

function jobsOnDemand(
  check: OptionCheck,
  jobs: readonly Job[] | (() => readonly Job[]),
): () => ReadonlyMap<string, Job> {
  let known = typeof jobs === 'function' ? undefined : jobsByName(check, jobs)
  return () => (known ??= jobsByName(check, (jobs as () => readonly Job[])()))
}

function jobsByName(check: OptionCheck, jobs: readonly Job[]): ReadonlyMap<string, Job> {
  if (!Array.isArray(jobs)) check.fail('jobs', jobs, 'an array of jobs, or a function that gives one')
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
  return typeof job?.name === 'string' && Array.isArray(job.steps) && job.flow !== undefined
}

/** The job that is given, or the one of `jobs` that has the given name. */
export function findJob(jobs: () => ReadonlyMap<string, Job>, jobOrName: unknown): Job {
  if (isJob(jobOrName)) return jobOrName
  if (typeof jobOrName !== 'string') {
    throw new InvalidOptionError('job', jobOrName, 'a job or the name of one of the operator\u2019s jobs')
  }
  const known = jobs()
  const job = known.get(jobOrName)
  if (job === undefined) throw new UnknownJobError(jobOrName, [...known.keys()])
  return job
}
