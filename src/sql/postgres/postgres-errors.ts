import { SOCKET_CODES } from '../socket-codes.js'
import { SqlError, type SqlErrorInfo, type SqlErrorKind } from '../sql-error.js'

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const BY_STATE: Readonly<Record<string, SqlErrorKind>> = {
  '23505': 'duplicate-key',
  '23P01': 'duplicate-key',
  '23503': 'foreign-key',
  '23502': 'not-null',
  '23514': 'check',
  '40P01': 'deadlock',
  '40001': 'serialization',
  '55P03': 'lock-timeout',
  '53300': 'too-many-connections',
  '42P01': 'undefined-table',
  '3F000': 'undefined-table',
  '42501': 'permission',
  '57P01': 'connection-lost',
  '57P02': 'connection-lost',
  '57P03': 'connection-lost',
  '57P04': 'connection-lost',
  '57P05': 'connection-lost',
  '25P03': 'connection-lost',
  '25P04': 'connection-lost',
}

// What pg reports when the socket is gone and no server error was received.
const SOCKET_MESSAGES =
  /connection terminated|not queryable|connection ended|read timeout|timeout exceeded when trying to connect|connection error/i

interface PgError {
  readonly code?: string
  readonly message?: string
  readonly severity?: string
  readonly constraint?: string
  readonly table?: string
  readonly detail?: string
}

/** Classifies an error of `pg`, or any error: what is not from the database is `'other'`. */
export function classifyPostgresError(error: unknown): SqlErrorInfo {
  if (error instanceof SqlError) return error
  const { code, message, severity, constraint, table, detail } = (error ?? {}) as PgError
  if (severity === undefined) {
    const lost = (code !== undefined && SOCKET_CODES.has(code)) || SOCKET_MESSAGES.test(message ?? '')
    return { kind: lost ? 'connection-lost' : 'other', sqlState: undefined }
  }
  const kind = code === undefined ? 'other' : (BY_STATE[code] ?? (code.startsWith('08') ? 'connection-lost' : 'other'))
  return { kind, sqlState: code, constraint, table, detail }
}

/** Wraps an error of `pg` once. */
export function toSqlError(error: unknown, statementIndex?: number): SqlError {
  return error instanceof SqlError ? error : new SqlError(classifyPostgresError(error), error, statementIndex)
}
