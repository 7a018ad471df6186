import { BatchError } from '../domain/batch-error.js'
import { describeError } from '../domain/describe-error.js'
import { quote } from '../support/quote.js'

/** A value could not be turned from, or into, the text of a column. */
export class ColumnValueError extends BatchError {
  static readonly code = 'BATCH_COLUMN_VALUE'
  readonly column: string
  readonly value: unknown

  constructor(action: 'read' | 'written', column: string, value: unknown, cause: unknown) {
    super(`column ${quote(column)} cannot be ${action}: ${quote(value)} (${describeError(cause, 300)})`, { cause })
    this.column = column
    this.value = value
  }
}
