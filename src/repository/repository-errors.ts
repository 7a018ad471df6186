import { BatchError } from '../domain/batch-error.js'
import { quote } from '../support/quote.js'

/** A checkpoint was to join a transaction that is not on the repository's own database. */
export class ForeignTransactionError extends BatchError {
  static readonly code = 'BATCH_FOREIGN_TRANSACTION'

  constructor() {
    super(
      'a checkpoint cannot join a transaction of another resource: save it in a transaction of the ' +
        "repository's own transactionManager, after the other one has committed",
    )
  }
}

/** The owner is not registered, or its registration was removed because it had not renewed for long. */
export class UnknownOwnerError extends BatchError {
  static readonly code = 'BATCH_UNKNOWN_OWNER'
  readonly ownerId: string

  constructor(ownerId: string, options?: { readonly cause?: unknown }) {
    super(`owner ${quote(ownerId)} is not registered: open it with openOwner, or renew it, and try again`, options)
    this.ownerId = ownerId
  }
}

/** A stored number is larger than JavaScript's exact integers. */
export class StoredNumberError extends BatchError {
  static readonly code = 'BATCH_STORED_NUMBER'
  readonly column: string
  readonly text: string

  constructor(column: string, text: string) {
    super(`${column} is ${text}, which is beyond 2^53 - 1, the largest number that JavaScript keeps exactly`)
    this.column = column
    this.text = text
  }
}
