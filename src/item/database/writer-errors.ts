import { BatchError } from '../../domain/batch-error.js'
import { nearest } from '../../support/nearest.js'
import { quote } from '../../support/quote.js'

/** The table a writer was given is not in the database, or not on the connection's search path. */
export class UnknownTableError extends BatchError {
  static readonly code = 'BATCH_UNKNOWN_TABLE'
  readonly table: string

  constructor(owner: string, table: string, known: readonly string[]) {
    const similar = nearest(table.split('.').at(-1) as string, known)
    const hint = similar === undefined ? 'is it in another schema?' : `did you mean ${quote(similar)}?`
    super(`${owner} finds no table ${quote(table)}: ${hint}`)
    this.table = table
  }
}

/** A column a writer was given is not in its table. */
export class UnknownColumnError extends BatchError {
  static readonly code = 'BATCH_UNKNOWN_COLUMN'
  readonly table: string
  readonly column: string

  constructor(owner: string, table: string, column: string, known: readonly string[]) {
    const similar = nearest(column, known)
    const hint = similar === undefined ? `it has ${known.join(', ')}` : `did you mean ${quote(similar)}?`
    super(`${owner} finds no column ${quote(column)} in table ${quote(table)}: ${hint}`)
    this.table = table
    this.column = column
  }
}

/** Fewer rows were written than the items name: an update or delete found no row for one of them. */
export class WrittenRowCountError extends BatchError {
  static readonly code = 'BATCH_WRITTEN_ROW_COUNT'
  /** Rows that were to be written. */
  readonly expected: number
  /** Rows that were written. */
  readonly actual: number
  /** The first item without a row: its key columns, or its index in the chunk. */
  readonly missing: unknown

  constructor(what: string, expected: number, actual: number, missing?: unknown) {
    const first = missing === undefined ? '' : `; the first without a row: ${quote(missing, 300)}`
    super(`${what} wrote ${actual} of ${expected} rows${first}`)
    this.expected = expected
    this.actual = actual
    this.missing = missing
  }
}

/** A writer without a pool of its own was called outside a transaction of this database. */
export class TransactionRequiredError extends BatchError {
  static readonly code = 'BATCH_TRANSACTION_REQUIRED'

  constructor(owner: string) {
    super(
      `${owner} needs a PostgreSQL transaction, and the step has another kind: ` +
        'use a PostgresJobRepository, give the step a PostgresTransactionManager, or give the writer a pool',
    )
  }
}
