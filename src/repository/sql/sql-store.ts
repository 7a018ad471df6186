import type { Dialect } from '../../sql/dialect.js'
import type { SqlDatabase, SqlStatement } from '../../sql/sql-connection.js'
import type { SqlText } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import type { RangeRecord } from '../range-ledger.js'
import type { StepRow } from './step-columns.js'
import type { SqlTables } from './sql-tables.js'

/** How a database shows that a session is alive, and ends those of a dead owner. */
export interface SessionDialect {
  /** Takes the lock `key` for this session, without waiting, and gives the session a name. */
  open(key: bigint, label: string): readonly SqlText[]
  /** Frees the lock and takes the name back. */
  close(key: bigint, label: string): readonly SqlText[]
  /** An expression: the key if the very session that asks holds the lock, else null. */
  heldKey(key: bigint): SqlText
  /** A condition: whether nobody holds the lock whose key `column` has. */
  isFree(column: SqlText): SqlText
  /** The ids of other sessions on this database that have one of the names. */
  find(labels: readonly string[]): SqlText
  /** Ends a session. */
  end(sessionId: string): SqlText
}

/** A step's checkpoint: what the row becomes, and what it must be before. */
export interface CheckpointRow {
  readonly stepExecutionId: number
  readonly version: number
  readonly row: StepRow
  readonly lease: Lease
}

/** A database with the repository's tables in it. */
export interface SqlStore {
  readonly database: SqlDatabase
  readonly dialect: Dialect
  readonly sessions: SessionDialect
  readonly tables: SqlTables
  /**
   * The checkpoint: it updates the step's row and context if the lease, the version and the status STARTED are as they
   * must be, and fails as `Dialect.requireRow` does if not. The last column of the first statement is the job's status,
   * which may be left out when the execution's chunks have just asked for it.
   */
  checkpoint(checkpoint: CheckpointRow): readonly SqlStatement[]
  /**
   * A chunk's range: it is inserted if the lease is as it must be, which is held, and fails as `Dialect.requireRow` does
   * if not. The first statement is as that of a checkpoint.
   */
  range(record: RangeRecord, lease: Lease): readonly SqlStatement[]
}
