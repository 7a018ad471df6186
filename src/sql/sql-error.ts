import { BatchError } from '../domain/batch-error.js'

/**
 * What kind of failure a database error is, classified once for all databases. `'other'` is everything that is neither
 * of these.
 */
export type SqlErrorKind =
  | 'duplicate-key'
  | 'foreign-key'
  | 'not-null'
  | 'check'
  | 'deadlock'
  | 'serialization'
  | 'lock-timeout'
  | 'connection-lost'
  | 'too-many-connections'
  | 'undefined-table'
  | 'permission'
  | 'other'

const TRANSIENT: ReadonlySet<SqlErrorKind> = new Set([
  'deadlock',
  'serialization',
  'lock-timeout',
  'connection-lost',
  'too-many-connections',
])

/** What a driver's error says, in one shape for all databases. */
export interface SqlErrorInfo {
  readonly kind: SqlErrorKind
  /** The database's own code: the SQLSTATE on PostgreSQL. */
  readonly sqlState: string | undefined
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly detail?: string | undefined
}

/**
 * A statement failed in the database. `cause` is the driver's error. `transient` says that the same work can succeed
 * when it is tried again in a new transaction.
 */
export class SqlError extends BatchError implements SqlErrorInfo {
  static readonly code = 'BATCH_SQL_ERROR'
  readonly kind: SqlErrorKind
  readonly sqlState: string | undefined
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly detail: string | undefined
  readonly transient: boolean
  /** Which statement of the batch failed, from 0; `undefined` when none did, as when the connection was lost. */
  readonly statementIndex: number | undefined

  constructor(info: SqlErrorInfo, cause: unknown, statementIndex?: number) {
    const message = cause instanceof Error ? cause.message : String(cause)
    super(info.detail === undefined ? message : `${message} (${info.detail})`, { cause })
    this.kind = info.kind
    this.sqlState = info.sqlState
    this.constraint = info.constraint
    this.table = info.table
    this.detail = info.detail
    this.transient = isTransientKind(info.kind)
    this.statementIndex = statementIndex
  }
}

/** Whether work that failed for this kind of reason can succeed when it is done again in a new transaction. */
export function isTransientKind(kind: SqlErrorKind): boolean {
  return TRANSIENT.has(kind)
}

/** Whether an error says that the connection is gone. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof SqlError && error.kind === 'connection-lost'
}
