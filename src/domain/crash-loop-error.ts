import type { Json } from '../support/json.js'
import { quote } from '../support/quote.js'
import { BatchError } from './batch-error.js'

/** A step has killed its process at the same place as often as the job's `maxCrashes` allows. It was not run again. */
export class CrashLoopError extends BatchError {
  static readonly code = 'BATCH_CRASH_LOOP'
  readonly stepName: string
  /** The reader's position behind which the step dies, or how many items are done; `undefined`: the beginning. */
  readonly position: Json | undefined
  /** How many executions in a row have died there. */
  readonly crashes: number

  constructor(stepName: string, position: Json | undefined, crashes: number) {
    const place = position === undefined ? 'at the beginning of its input' : `behind position ${quote(position)}`
    super(
      `step ${quote(stepName)} has lost its process ${crashes} times in a row ${place}: it is not run again. Find out ` +
        'what kills it, then restart the execution with { ignoreCrashes: true }',
    )
    this.stepName = stepName
    this.position = position
    this.crashes = crashes
  }
}
