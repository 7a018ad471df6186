import { sql, type SqlText } from '../../sql/sql-text.js'
import type { SessionDialect } from '../sql/sql-store.js'

/** Sessions on PostgreSQL: advisory locks of a session, named by `application_name`. */
export const postgresSessions: SessionDialect = {
  open: (key, label) => [
    sql`SELECT pg_try_advisory_lock(${key}::bigint)`,
    sql`SELECT set_config('application_name', ${label}, false)`,
  ],
  close: (key) => [sql`SELECT pg_advisory_unlock(${key}::bigint)`, sql`RESET application_name`],
  heldKey: (key) =>
    sql`(SELECT ${key}::bigint WHERE EXISTS (${locks(sql`${key}::bigint`)} AND pid = pg_backend_pid()))`,
  // Looked for, not tried: taking the lock would make a live owner's next attempt fail.
  isFree: (column) => sql`NOT EXISTS (${locks(column)})`,
  find: (labels) => sql`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND application_name IN (${labels[0] ?? ''}, ${labels[1] ?? ''})`,
  end: (sessionId) => sql`SELECT pg_terminate_backend(${sessionId}::int)`,
}

/** The two halves of a key stand in two columns of 32 bits without sign. */
function locks(key: SqlText): SqlText {
  return sql`SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = ((${key} >> 32) & 4294967295) AND objid::bigint = (${key} & 4294967295)`
}
