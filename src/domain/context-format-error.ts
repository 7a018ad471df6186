import { quote } from '../support/quote.js'
import { BatchError, type BatchErrorOptions } from './batch-error.js'

/** A stored execution context cannot be read. */
export class ContextFormatError extends BatchError {
  static readonly code = 'BATCH_CONTEXT_FORMAT'
  /** The stored text. */
  readonly text: string

  constructor(text: string, reason: string, options?: BatchErrorOptions) {
    super(`the stored execution context cannot be read, ${reason}: ${quote(text)}`, options)
    this.text = text
  }
}
