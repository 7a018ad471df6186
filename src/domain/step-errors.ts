import { quote } from '../support/quote.js'
import { BatchError } from './batch-error.js'

/** The step has been started as often as its `startLimit` allows. */
export class StartLimitExceededError extends BatchError {
  static readonly code = 'BATCH_START_LIMIT_EXCEEDED'
  readonly stepName: string
  readonly startLimit: number

  constructor(stepName: string, startLimit: number) {
    super(
      `step ${quote(stepName)} has been started ${startLimit} times, which is its startLimit: find out why it fails, ` +
        'then raise the limit',
    )
    this.stepName = stepName
    this.startLimit = startLimit
  }
}

/** The reason of the signal of a step that was asked to stop. */
export class StopRequestedError extends BatchError {
  static readonly code = 'BATCH_STOP_REQUESTED'
  constructor() {
    super('a stop was requested')
  }
}

/** A step is not ready to run again: its last execution ended UNKNOWN. */
export class StepStateUnknownError extends BatchError {
  static readonly code = 'BATCH_STEP_STATE_UNKNOWN'
  readonly stepName: string
  readonly stepExecutionId: number

  constructor(stepName: string, stepExecutionId: number) {
    super(
      `step ${quote(stepName)} ended UNKNOWN in step execution ${stepExecutionId}: nobody can tell what it has done. ` +
        'Look at its output, then abandon the job execution or start the job with other parameters',
    )
    this.stepName = stepName
    this.stepExecutionId = stepExecutionId
  }
}
