import { BatchError } from '../domain/batch-error.js'
import { quote } from '../support/quote.js'

/**
 * The ledger of a step that commits in any order is not what it must be: a range is missing where the step wants to
 * fold or to complete. Nothing was changed.
 */
export class LedgerIncompleteError extends BatchError {
  static readonly code = 'BATCH_LEDGER_INCOMPLETE'
  readonly stepName: string

  constructor(stepName: string, missing: string) {
    super(
      `the ledger of step ${quote(stepName)} does not have ${missing}: the step cannot go on here. Restart the job: ` +
        'what is missing is read again',
    )
    this.stepName = stepName
  }
}

/** A step has committed in any order, has not finished, and was now started in read order, which knows no gaps. */
export class LedgerOpenError extends BatchError {
  static readonly code = 'BATCH_LEDGER_OPEN'
  readonly stepName: string

  constructor(stepName: string) {
    super(
      `step ${quote(stepName)} has committed chunks in any order and has not finished, so its input has gaps: ` +
        "finish it with commitOrder: 'any' and the same sort keys, then change the step",
    )
    this.stepName = stepName
  }
}
