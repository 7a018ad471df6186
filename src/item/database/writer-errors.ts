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

/** The databases that writers are for. */
export type DatabaseName = 'PostgreSQL' | 'MySQL'

const PREFIXES: Readonly<Record<DatabaseName, string>> = { PostgreSQL: 'Postgres', MySQL: 'Mysql' }

/** A writer without a pool of its own was called outside a transaction of its database. */
export class TransactionRequiredError extends BatchError {
  static readonly code = 'BATCH_TRANSACTION_REQUIRED'

  constructor(owner: string, database: DatabaseName) {
    const prefix = PREFIXES[database]
    super(
      `${owner} needs a ${database} transaction, and the step has another kind: ` +
        `use a ${prefix}JobRepository, give the step a ${prefix}TransactionManager, or give the writer a pool`,
    )
  }
}

/** MySQL has no unique key of just the columns of `onConflict`, so that no row could be found by them. */
export class NoUniqueKeyError extends BatchError {
  static readonly code = 'BATCH_NO_UNIQUE_KEY'
  readonly table: string
  readonly columns: readonly string[]

  constructor(owner: string, table: string, columns: readonly string[], known: readonly (readonly string[])[]) {
    const keys = known.map((key) => `(${key.join(', ')})`).join(', ')
    const has = known.length === 0 ? 'it has none' : `it has ${keys}`
    super(`${owner} finds no unique key of (${columns.join(', ')}) on table ${quote(table)}: ${has}`)
    this.table = table
    this.columns = columns
  }
}

/** The server or the driver forbids LOAD DATA LOCAL INFILE. */
export class LocalInfileDisabledError extends BatchError {
  static readonly code = 'BATCH_LOCAL_INFILE_DISABLED'
  /** Who forbids it. */
  readonly by: 'server' | 'pool'

  constructor(owner: string, by: 'server' | 'pool', cause: unknown) {
    const setting =
      by === 'server'
        ? 'SET GLOBAL local_infile = ON on the server'
        : "leave '-LOCAL_FILES' out of the option `flags` of the pool"
    super(`${owner} needs LOAD DATA LOCAL INFILE, which the ${by} forbids: ${setting}`, { cause })
    this.by = by
  }
}
