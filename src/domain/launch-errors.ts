import { quote } from '../support/quote.js'
import { nearest } from '../support/nearest.js'
import { BatchError } from './batch-error.js'

/** The instance is held by a live execution: one at a time. */
export class JobExecutionAlreadyRunningError extends BatchError {
  static readonly code = 'BATCH_JOB_ALREADY_RUNNING'
  readonly jobName: string
  readonly jobInstanceId: number
  readonly jobExecutionId: number | undefined
  /** The owner that runs it, or `undefined` when it was started by another program, which leases nothing. */
  readonly ownerId: string | undefined

  constructor(running: {
    readonly jobName: string
    readonly jobInstanceId: number
    readonly jobExecutionId: number | undefined
    readonly ownerId: string | undefined
  }) {
    const by = running.ownerId === undefined ? 'another program, which holds no lease' : `owner ${running.ownerId}`
    super(
      `job ${quote(running.jobName)} already runs with these identifying parameters: execution ` +
        `${running.jobExecutionId ?? '(being started)'} of instance ${running.jobInstanceId}, by ${by}`,
    )
    this.jobName = running.jobName
    this.jobInstanceId = running.jobInstanceId
    this.jobExecutionId = running.jobExecutionId
    this.ownerId = running.ownerId
  }
}

/** The instance has completed; to run the job again, an identifying parameter must differ. */
export class JobInstanceAlreadyCompleteError extends BatchError {
  static readonly code = 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE'
  readonly jobName: string
  readonly jobInstanceId: number
  readonly jobExecutionId: number

  constructor(complete: { readonly jobName: string; readonly jobInstanceId: number; readonly jobExecutionId: number }) {
    super(
      `job ${quote(complete.jobName)} has already completed with these identifying parameters (execution ` +
        `${complete.jobExecutionId} of instance ${complete.jobInstanceId}): change one of them to run it again`,
    )
    this.jobName = complete.jobName
    this.jobInstanceId = complete.jobInstanceId
    this.jobExecutionId = complete.jobExecutionId
  }
}

/** The instance cannot be started again: `reason` says why and what to do. */
export class JobRestartError extends BatchError {
  static readonly code = 'BATCH_JOB_NOT_RESTARTABLE'
  readonly jobName: string
  readonly jobExecutionId: number
  readonly reason: string

  constructor(jobName: string, jobExecutionId: number, reason: string) {
    super(`job ${quote(jobName)} cannot be restarted after execution ${jobExecutionId}: ${reason}`)
    this.jobName = jobName
    this.jobExecutionId = jobExecutionId
    this.reason = reason
  }
}

/** Two sets of identifying parameters have the same job key. */
export class JobKeyCollisionError extends BatchError {
  static readonly code = 'BATCH_JOB_KEY_COLLISION'
  readonly jobName: string
  readonly jobInstanceId: number
  readonly jobKey: string

  constructor(jobName: string, jobInstanceId: number, jobKey: string) {
    super(
      `instance ${jobInstanceId} of job ${quote(jobName)} has the key ${jobKey} but other identifying parameters: ` +
        'change a parameter value',
    )
    this.jobName = jobName
    this.jobInstanceId = jobInstanceId
    this.jobKey = jobKey
  }
}

/** The operator does not know a job of this name. */
export class UnknownJobError extends BatchError {
  static readonly code = 'BATCH_UNKNOWN_JOB'
  readonly jobName: string
  readonly known: readonly string[]

  constructor(jobName: string, known: readonly string[]) {
    const similar = nearest(jobName, known)
    const hint =
      similar !== undefined
        ? `did you mean ${quote(similar)}?`
        : `the operator's jobs are ${known.length === 0 ? 'none' : known.map((name) => quote(name)).join(', ')}`
    super(`no job is named ${quote(jobName)}: ${hint}`)
    this.jobName = jobName
    this.known = known
  }
}

/** The job says nothing of how its next run differs from its last: it has no `incrementer`. */
export class NoIncrementerError extends BatchError {
  static readonly code = 'BATCH_NO_INCREMENTER'
  readonly jobName: string

  constructor(jobName: string) {
    super(
      `job ${quote(jobName)} has no incrementer, so there is no next run: give it one, e.g. ` +
        '{ incrementer: new RunIdIncrementer() }, or call start with parameters of your own',
    )
    this.jobName = jobName
  }
}

/** No execution has this id in the repository. */
export class NoSuchExecutionError extends BatchError {
  static readonly code = 'BATCH_NO_SUCH_EXECUTION'
  readonly executionId: unknown

  constructor(executionId: unknown) {
    super(`no job execution has the id ${quote(executionId)}`)
    this.executionId = executionId
  }
}

/** The execution cannot be abandoned: `reason` says why and what to do. */
export class NotAbandonableError extends BatchError {
  static readonly code = 'BATCH_NOT_ABANDONABLE'
  readonly jobExecutionId: number
  readonly status: string
  readonly reason: string

  constructor(jobExecutionId: number, status: string, reason: string) {
    super(`execution ${jobExecutionId} cannot be abandoned: it is ${status}, ${reason}`)
    this.jobExecutionId = jobExecutionId
    this.status = status
    this.reason = reason
  }
}

/** The operator was closed; it starts nothing any more. */
export class OperatorClosedError extends BatchError {
  static readonly code = 'BATCH_OPERATOR_CLOSED'

  constructor() {
    super('the operator is closed')
  }
}

/** Thrown by `throwIfUnsuccessful`: the execution did not complete. `cause` is its first failure. */
export class JobExecutionUnsuccessfulError extends BatchError {
  static readonly code = 'BATCH_JOB_EXECUTION_UNSUCCESSFUL'
  readonly jobExecutionId: number
  readonly status: string

  constructor(jobName: string, jobExecutionId: number, status: string, description: string, cause: unknown) {
    super(
      `job ${quote(jobName)}, execution ${jobExecutionId}, ended ${status}${description === '' ? '' : `: ${description}`}`,
      { cause },
    )
    this.jobExecutionId = jobExecutionId
    this.status = status
  }
}
