import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** One more had to be skipped than the step's `skip.limit` allows. */
export class SkipLimitExceededError extends BatchError {
  static readonly code = 'BATCH_SKIP_LIMIT_EXCEEDED'
  readonly stepName: string
  /** How many the limit allows; of a ratio, as things stood. */
  readonly limit: number
  /** How many would have been skipped, with this one. */
  readonly count: number

  /** `cause` is what the last one failed with. */
  constructor(stepName: string, limit: number, count: number, cause: unknown) {
    const last = cause instanceof Error ? cause.message : quote(cause)
    super(`step ${quote(stepName)} may skip ${limit}, and would have to skip ${count}; the last one failed: ${last}`, {
      cause,
    })
    this.stepName = stepName
    this.limit = limit
    this.count = count
  }
}
