import type { SqlError } from './sql-error.js'
import type { SqlStatement } from './sql-connection.js'
import type { SqlText } from './sql-text.js'

/** How a database says what all of them can do. */
export interface Dialect {
  /** The placeholder of a bound value, by its position from 1. */
  readonly placeholder: (position: number) => string
  /** Begins a transaction that sees what others have committed, statement by statement. */
  readonly begin: readonly SqlText[]
  /** Begins a transaction that reads one moment's state. */
  readonly beginSnapshot: readonly SqlText[]
  /** The time in UTC as a TIMESTAMP, whatever the session's zone: when this statement began, not the transaction. */
  readonly now: SqlText
  /** A time, so many milliseconds after another. */
  plusMilliseconds(time: SqlText, milliseconds: number): SqlText
  /** A TIMESTAMP as ISO text to the microsecond: `2024-02-29T10:00:00.123456Z`. */
  timestampText(time: SqlText): SqlText
  /** Ends a SELECT: others may read the rows and change what is no key, but not lock or delete them. */
  readonly forKeyShare: SqlText
  /** Ends a SELECT: the rows are this transaction's alone. */
  readonly forUpdate: SqlText
  /** Ends a SELECT: the rows are this transaction's to change, but for keys. */
  readonly forChange: SqlText
  /** Whether a row that is locked by {@link forKeyShare} cannot be changed at all, not even what is no key. */
  readonly shareBlocksChange: boolean
  /** Follows a lock: it fails with a lock timeout, rather than to wait for rows that others have locked. */
  readonly atOnce: SqlText
  /** Follows a lock: rows that others have locked are left out. */
  readonly skipLocked: SqlText
  /**
   * An insert, given as `INSERT INTO …`, that does nothing, without an error, where a row of the same key is. `column` is
   * one of the table's.
   */
  orIgnore(insert: SqlText, column: SqlText): SqlText
  /**
   * A query whose rows are the next `count` numbers of a sequence, one a row, in any order; left out where numbers are taken
   * before a transaction.
   */
  nextNumbers?(sequence: SqlText, count: number): SqlText
  /** Takes the next `count` numbers of a sequence, outside of any transaction; the one value of the last is the highest. */
  takeNumbers?(sequence: SqlText, count: number): readonly SqlText[]
  /**
   * A statement that fails inside the database when `statement` finds no row, so that what was sent behind it is not
   * executed. `statement` is a SELECT, or an UPDATE or DELETE; its rows are not returned.
   */
  requireRow(statement: SqlText): SqlStatement
  /** Whether an error is that of {@link requireRow}, given that the statement was one. */
  isMissingRow(error: SqlError): boolean
}
