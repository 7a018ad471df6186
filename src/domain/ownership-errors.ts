import { BatchError } from './batch-error.js'

/**
 * This process no longer owns the execution: its lease was taken over, or somebody else changed its row. Nothing more is
 * written; the work goes on where the last committed checkpoint is.
 */
export class OwnershipLostError extends BatchError {
  static readonly code = 'BATCH_OWNERSHIP_LOST'
  readonly jobExecutionId: number
  readonly ownerId: string

  constructor(
    lease: { readonly jobExecutionId: number; readonly ownerId: string },
    reason: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`owner ${lease.ownerId} no longer owns execution ${lease.jobExecutionId}: ${reason}`, options)
    this.jobExecutionId = lease.jobExecutionId
    this.ownerId = lease.ownerId
  }
}

/** The pool is smaller than what runs at once needs. */
export class PoolTooSmallError extends BatchError {
  static readonly code = 'BATCH_POOL_TOO_SMALL'
  readonly needed: number
  readonly size: number

  constructor(what: string, needed: number, size: number) {
    super(
      `${what} needs at least ${needed} connections of the pool, which has ${size}: raise the pool's max (mysql2: connectionLimit)`,
    )
    this.needed = needed
    this.size = size
  }
}

/** The repository's tables are not there, or are older than this version. */
export class SchemaError extends BatchError {
  static readonly code = 'BATCH_SCHEMA'
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
  }
}
