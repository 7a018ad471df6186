import type { OptionCheck } from '../../domain/check-option.js'
import type { AsText, ReadDialect, ReadRows } from '../../sql/read-dialect.js'
import type { SqlConnection, SqlDatabase, SqlStatement } from '../../sql/sql-connection.js'

/** What a reader reads with. */
export interface ReadPlug {
  readonly database: SqlDatabase
  readonly dialect: ReadDialect
}

/** Checks the option `pool` and makes what is read with of it. */
export type OpenReadPlug<P> = (check: OptionCheck, pool: P) => ReadPlug

/** Rows that are to be items, and the driver's connection that they came over. */
export interface PlugRows extends ReadRows {
  readonly client: unknown
}

/** Runs a query whose rows are to be items. */
export async function readRows(
  dialect: ReadDialect,
  connection: SqlConnection,
  statement: SqlStatement,
  asText: AsText,
): Promise<PlugRows> {
  const { fields, rows } = await dialect.read(connection, statement, asText)
  return { fields, rows, client: connection.client }
}
