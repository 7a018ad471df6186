import type { Dialect } from '../dialect.js'
import { sql, sqlName, toStatement } from '../sql-text.js'
import { MISSING_ROW } from './mysql-errors.js'

const placeholder = (): string => '?'

/** MySQL from version 8, MariaDB from version 10.6. */
export const mysqlDialect: Dialect = {
  placeholder,
  // The default, REPEATABLE READ, locks gaps and reads a snapshot; the statements rely on seeing what was committed.
  begin: [sql`SET TRANSACTION ISOLATION LEVEL READ COMMITTED`, sql`START TRANSACTION READ WRITE`],
  beginSnapshot: [
    sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`,
    sql`START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY`,
  ],
  now: sqlName('UTC_TIMESTAMP(6)'),
  plusMilliseconds: (time, milliseconds) => sql`DATE_ADD(${time}, INTERVAL ${milliseconds * 1000} MICROSECOND)`,
  timestampText: (time) => sql`DATE_FORMAT(${time}, '%Y-%m-%dT%H:%i:%s.%fZ')`,
  // Not FOR SHARE: MariaDB has not got it.
  forKeyShare: sqlName('LOCK IN SHARE MODE'),
  forUpdate: sqlName('FOR UPDATE'),
  forChange: sqlName('FOR UPDATE'),
  shareBlocksChange: true,
  atOnce: sqlName('NOWAIT'),
  skipLocked: sqlName('SKIP LOCKED'),
  // Not INSERT IGNORE, which makes warnings of all errors.
  orIgnore: (insert, column) => sql`${insert} ON DUPLICATE KEY UPDATE ${column} = ${column}`,
  takeNumbers: (sequence, count) => [
    sql`UPDATE ${sequence} SET ID = LAST_INSERT_ID(ID + ${count}) LIMIT 1`,
    sql`SELECT LAST_INSERT_ID()`,
  ],
  // The driver tells how many rows were found; nothing is sent behind a statement before its answer.
  requireRow: (statement) => ({ ...toStatement(statement, placeholder), mustFindRow: true }),
  isMissingRow: (error) => error.sqlState === MISSING_ROW,
}
