import { sql, type SqlText, toStatement } from '../sql-text.js'
import type { SqlStatement } from '../sql-connection.js'
import type { MysqlCore } from './mysql-port.js'

/** The name that a connection shows, whoever gave it: it keeps it, since it costs a round trip. */
const shown = new WeakMap<MysqlCore, string>()

/** What is sent for a connection to show `name`, and no other. Nothing where it does. */
export function showName(core: MysqlCore, name: string): readonly SqlStatement[] {
  const before = shown.get(core)
  if (before === name) return []
  const show = { ...statement(takeName(name)), answered: () => shown.set(core, name) }
  // With two names, a takeover of the one owner would end a chunk of the other.
  return before === undefined ? [show] : [{ ...statement(freeName(before)), answered: () => shown.delete(core) }, show]
}

/** What a pool that resets connections takes from one that it gets back. */
export function forgetName(core: MysqlCore): void {
  shown.delete(core)
}

/** Names the session that asks: MySQL has only locks that others can see, so it is one, named by name and connection. */
export function takeName(name: string): SqlText {
  return sql`SELECT GET_LOCK(CONCAT(${name}, '#', CONNECTION_ID()), 0)`
}

/** Takes the name back. */
export function freeName(name: string): SqlText {
  return sql`SELECT RELEASE_LOCK(CONCAT(${name}, '#', CONNECTION_ID()))`
}

function statement(text: SqlText): SqlStatement {
  return toStatement(text, () => '?')
}
