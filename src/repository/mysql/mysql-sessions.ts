import { freeName, takeName } from '../../sql/mysql/session-name.js'
import { sql, sqlName } from '../../sql/sql-text.js'
import type { SessionDialect } from '../sql/sql-store.js'

/** Names of locks are the server's, not the database's; our keys are random. */
const NAME = sqlName(`'chunkwise lock '`)

/** Sessions on MySQL: named locks, which end with the session. What they are named after is found by the lock as well. */
export const mysqlSessions: SessionDialect = {
  open: (key, label) => [sql`SELECT GET_LOCK(CONCAT(${NAME}, ${key}), 0)`, takeName(label)],
  close: (key, label) => [sql`SELECT RELEASE_LOCK(CONCAT(${NAME}, ${key}))`, freeName(label)],
  heldKey: (key) =>
    sql`(SELECT CASE WHEN IS_USED_LOCK(CONCAT(${NAME}, ${key})) = CONNECTION_ID() THEN ${key} ELSE NULL END)`,
  isFree: (column) => sql`(CASE WHEN ${column} IS NULL THEN 1 ELSE IS_FREE_LOCK(CONCAT(${NAME}, ${column})) END)`,
  find: (labels) => sql`SELECT P.ID FROM information_schema.PROCESSLIST P
    WHERE P.ID <> CONNECTION_ID() AND (IS_USED_LOCK(CONCAT(${labels[0] ?? ''}, '#', P.ID)) = P.ID
      OR IS_USED_LOCK(CONCAT(${labels[1] ?? ''}, '#', P.ID)) = P.ID)`,
  end: (sessionId) => sql`KILL ${sqlName(String(Number(sessionId)))}`,
}
