import { SOCKET_CODES } from '../socket-codes.js'
import { SqlError, type SqlErrorInfo, type SqlErrorKind } from '../sql-error.js'

// https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/
const BY_NUMBER: Readonly<Record<number, SqlErrorKind>> = {
  1062: 'duplicate-key',
  1586: 'duplicate-key',
  1216: 'foreign-key',
  1217: 'foreign-key',
  1451: 'foreign-key',
  1452: 'foreign-key',
  1048: 'not-null',
  1364: 'not-null',
  3819: 'check',
  4025: 'check',
  1213: 'deadlock',
  // MariaDB with innodb_snapshot_isolation: a row has changed since the transaction's snapshot.
  1020: 'serialization',
  1205: 'lock-timeout',
  3572: 'lock-timeout',
  1040: 'too-many-connections',
  1203: 'too-many-connections',
  1226: 'too-many-connections',
  1049: 'undefined-table',
  1146: 'undefined-table',
  1044: 'permission',
  1045: 'permission',
  1142: 'permission',
  1143: 'permission',
  1227: 'permission',
  1370: 'permission',
  1053: 'connection-lost',
  1152: 'connection-lost',
  1158: 'connection-lost',
  1159: 'connection-lost',
  1160: 'connection-lost',
  1161: 'connection-lost',
  1184: 'connection-lost',
  1927: 'connection-lost',
  4031: 'connection-lost',
}

// What mysql2 reports when the socket is gone and no server error was received.
const LOST_CODES: ReadonlySet<string> = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  ...SOCKET_CODES,
])
// What its pool says that has no connection to give, and was set up not to let anybody wait, or no more.
const FULL_MESSAGES = /^No connections available|^Queue limit reached/
const LOST_MESSAGES = /connection is in closed state|connection lost|server closed the connection|connect ETIMEDOUT/i

/** The code of the error for a statement that must find a row and finds none. */
export const MISSING_ROW = 'CHUNKWISE_MISSING_ROW'

interface MysqlError {
  readonly code?: unknown
  readonly errno?: unknown
  readonly sqlState?: unknown
  readonly message?: unknown
}

/** Classifies an error of `mysql2`, or any error: what is not from the database is `'other'`. */
export function classifyMysqlError(error: unknown): SqlErrorInfo {
  if (error instanceof SqlError) return error
  const { code, errno, sqlState, message } = (error ?? {}) as MysqlError
  const text = typeof message === 'string' ? message : ''
  if (typeof sqlState !== 'string') {
    if (FULL_MESSAGES.test(text)) return { kind: 'too-many-connections', sqlState: undefined }
    const lost = (typeof code === 'string' && LOST_CODES.has(code)) || LOST_MESSAGES.test(text)
    return { kind: lost ? 'connection-lost' : 'other', sqlState: undefined }
  }
  const kind = (typeof errno === 'number' ? BY_NUMBER[errno] : undefined) ?? 'other'
  return { kind, sqlState, constraint: constraintIn(text) }
}

/** Wraps an error of `mysql2` once. */
export function toMysqlError(error: unknown, statementIndex?: number): SqlError {
  return error instanceof SqlError ? error : new SqlError(classifyMysqlError(error), error, statementIndex)
}

/** The error for a statement that must find a row. */
export function missingRow(statementIndex: number): SqlError {
  const cause = new Error('a statement has not found the row that it must find')
  return new SqlError({ kind: 'other', sqlState: MISSING_ROW }, cause, statementIndex)
}

/** `… for key 'PRIMARY'` (MySQL puts the table in front: `'users.PRIMARY'`), ``… CONSTRAINT `fk_user` FOREIGN KEY …``. */
function constraintIn(message: string): string | undefined {
  return /for key '(?:[^']+\.)?([^'.]+)'/.exec(message)?.[1] ?? /CONSTRAINT [`']([^`']+)[`']/i.exec(message)?.[1]
}
