import type { Dialect } from '../dialect.js'
import { sql, sqlName, type SqlText, toStatement } from '../sql-text.js'

const DIVISION_BY_ZERO = '22012'

const placeholder = (position: number): string => `$${position}`

/** PostgreSQL, from version 12. */
export const postgresDialect: Dialect = {
  placeholder,
  // The host's default isolation may be another; the statements rely on seeing what was committed while they waited.
  begin: [sql`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`],
  beginSnapshot: [sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`],
  // now() is the transaction's beginning, which may lie before a long wait for a lock.
  now: sqlName(`(statement_timestamp() AT TIME ZONE 'UTC')`),
  plusMilliseconds: (time, milliseconds) => sql`(${time} + ${milliseconds}::float8 * interval '1 millisecond')`,
  // Not the plain text of the column: its form depends on the session's DateStyle.
  timestampText: (time) => sql`to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  forKeyShare: sqlName('FOR KEY SHARE'),
  forUpdate: sqlName('FOR UPDATE'),
  forChange: sqlName('FOR NO KEY UPDATE'),
  shareBlocksChange: false,
  atOnce: sqlName('NOWAIT'),
  skipLocked: sqlName('SKIP LOCKED'),
  orIgnore: (insert) => sql`${insert} ON CONFLICT DO NOTHING`,
  nextNumbers: (sequence, count) => sql`SELECT nextval(${literal(sequence)}) FROM generate_series(1, ${count}::int)`,
  requireRow: (statement) =>
    toStatement(
      sql`WITH required AS MATERIALIZED (${returning(statement)}) SELECT 1 / (SELECT count(*) FROM required)`,
      placeholder,
    ),
  isMissingRow: (error) => error.sqlState === DIVISION_BY_ZERO,
}

function returning(statement: SqlText): SqlText {
  return /^\s*SELECT\b/i.test(statement.parts[0] ?? '') ? statement : sql`${statement} RETURNING 1`
}

/** A name as a text literal, as functions on sequences take it. Names of this library have no quote in them. */
function literal(name: SqlText): SqlText {
  return sqlName(`'${name.parts[0] ?? ''}'`)
}
