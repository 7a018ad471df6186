import { quote } from '../support/quote.js'
import { BatchError } from './batch-error.js'

/** What a timeout limits. */
export type TimeLimited = 'item' | 'chunk' | 'call' | 'step' | 'job'

const SENTENCE: Readonly<Record<TimeLimited, (name: string) => string>> = {
  item: (name) => `an item of step ${name} was processed for longer than`,
  chunk: (name) => `a chunk of step ${name} took longer than`,
  call: (name) => `a call of the tasklet of step ${name} took longer than`,
  step: (name) => `step ${name} took longer than`,
  job: (name) => `job ${name} took longer than`,
}

/**
 * Something took longer than its `timeout`. The reason of the aborted signal. An item's is an ordinary error of the item,
 * which `retry` and `skip` may name; the others fail the step, which can be restarted.
 */
export class TimeoutError extends BatchError {
  static readonly code = 'BATCH_TIMEOUT'
  /** What took too long. */
  readonly what: TimeLimited
  /** The limit, in milliseconds. */
  readonly limit: number
  /** The name of the step, or of the job if that was limited. */
  readonly subject: string

  constructor(what: TimeLimited, limit: number, subject: string) {
    super(
      `${SENTENCE[what](quote(subject))} its timeout of ${limit} ms: find out what it waits for, or raise the timeout`,
    )
    this.what = what
    this.limit = limit
    this.subject = subject
  }
}
