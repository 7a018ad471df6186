import { quote } from '../support/quote.js'
import { BatchError } from './batch-error.js'

/**
 * An option has a value that cannot work. Thrown where the options object is handed in, before anything runs.
 */
export class InvalidOptionError extends BatchError {
  static readonly code = 'BATCH_INVALID_OPTION'
  /** The option, with its owner: `chunkStep("load").chunkSize`. */
  readonly option: string
  /** The value as it was given. */
  readonly value: unknown
  /** What would have been right, as a phrase: `a whole number from 1`. */
  readonly expected: string

  constructor(option: string, value: unknown, expected: string, options?: { readonly cause?: unknown }) {
    super(`${option} must be ${expected}, but is ${quote(value)}`, options)
    this.option = option
    this.value = value
    this.expected = expected
  }
}
