import { quote } from '../support/quote.js'
import { BatchError } from './batch-error.js'

/** A value cannot be kept in an execution context: it would not come back as it was put. The context is unchanged. */
export class InvalidContextValueError extends BatchError {
  static readonly code = 'BATCH_INVALID_CONTEXT_VALUE'
  /** The key it was put under. */
  readonly key: string
  /** Where in the value: `key`, `key.list[2]`. */
  readonly path: string
  /** The part that cannot be kept. */
  readonly value: unknown

  constructor(key: string, path: string, value: unknown, reason: string, shown: string = quote(value)) {
    super(`the execution context cannot keep ${path}, which is ${shown}: ${reason}`)
    this.key = key
    this.path = path
    this.value = value
  }
}
