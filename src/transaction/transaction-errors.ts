import { BatchError } from '../domain/batch-error.js'

/**
 * The connection was lost while COMMIT was under way: it may have been done or not. The engine never guesses: it reads
 * the step's row before it goes on.
 */
export class CommitOutcomeUnknownError extends BatchError {
  static readonly code = 'BATCH_COMMIT_OUTCOME_UNKNOWN'

  constructor(cause: unknown) {
    super('the connection was lost during COMMIT: whether it was done must be read from the database', { cause })
  }
}

/**
 * A statement of the transaction had failed before, and user code caught the error: the database refuses everything
 * else, and answers COMMIT with ROLLBACK. Nothing of the chunk is in the database. `cause` is the first such error, where
 * the driver tells of it.
 */
export class SwallowedSqlError extends BatchError {
  static readonly code = 'BATCH_SWALLOWED_SQL_ERROR'

  constructor(options?: { readonly cause?: unknown }) {
    const cause = options?.cause
    const named = cause instanceof Error ? ` ("${cause.message}")` : ''
    super(
      `the transaction could not commit because one of its statements had failed and the error was swallowed${named}: ` +
        'let SQL errors out of the writer, or guard them with a savepoint',
      options,
    )
  }
}

/**
 * Code that outlived its transaction, such as a write that was not awaited, tried to use it. With a `cause`: a statement of
 * the user's has ended the transaction itself, such as DDL on MySQL, which commits.
 */
export class TransactionEndedError extends BatchError {
  static readonly code = 'BATCH_TRANSACTION_ENDED'

  constructor(options?: { readonly cause: unknown }) {
    super(
      options === undefined
        ? 'the transaction has ended, nothing more can be written in it: await everything that a writer starts'
        : 'a statement has ended the transaction of the chunk, as COMMIT, ROLLBACK and, on MySQL, DDL do: leave them out',
      options,
    )
  }
}
