import { BatchError } from '../domain/batch-error.js'
import { quote } from '../support/quote.js'
import type { Lease } from './lease.js'

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

/**
 * The connection was lost while a start was committed, and whether it was could not be read either. The operator finds
 * out, and ends what nobody runs.
 */
export class StartInDoubtError extends BatchError {
  static readonly code = 'BATCH_START_IN_DOUBT'
  /** Trying again helps. */
  readonly transient = true
  /** What the execution holds if it was stored. */
  readonly lease: Lease

  constructor(lease: Lease, cause: unknown) {
    super(
      `the connection was lost while the start of job execution ${lease.jobExecutionId} was committed, ` +
        'and what became of it could not be read: start again',
      { cause },
    )
    this.lease = lease
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
