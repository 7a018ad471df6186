import { quoteBackticks } from '../../sql/identifier.js'
import { columnBinder, columnEncoder, comparedValue, isInteger, loadedAs } from '../../sql/mysql/column-encoder.js'
import { coreOf, type MysqlPoolConnection } from '../../sql/mysql/mysql-port.js'
import { readTable, readTableNames, type Table, type TableColumn } from '../../sql/mysql/table-columns.js'
import { NonTransactionalTableError } from '../../sql/mysql/table-engine.js'
import type { SqlConnection, SqlValue } from '../../sql/sql-connection.js'
import type { MysqlTimezone } from '../../sql/mysql/mysql-dates.js'
import type { TableCatalog, TargetColumn } from './table-target.js'

/** A column of a MySQL table that is written to. */
export interface MysqlColumn extends TargetColumn {
  readonly encode: (value: unknown) => SqlValue
  /** What the driver is given for a value of an insert; throws as `encode` does. */
  readonly bind: (value: unknown) => unknown
  /** SQL for a value that is compared with the column. */
  readonly compared: string
  /** How a value travels with LOAD DATA: as itself, as the hex of its bytes, or as a number. */
  readonly loaded: 'text' | 'hex' | 'bits'
  readonly table: Table
}

/** Looks tables up in the schema of the session, or in the one that is named. Temporary tables are not found. */
export const mysqlCatalog: TableCatalog<MysqlColumn> = {
  quote: quoteBackticks,
  async columns(transaction, parts, owner) {
    const schema = parts.length > 1 ? parts[0] : undefined
    const table = await readTable(transaction.execute.bind(transaction), schema, parts.at(-1) as string)
    if (table?.nonTransactional !== undefined) throw new NonTransactionalTableError(owner, table.nonTransactional)
    const timezone = timezoneOf(transaction.connection)
    return new Map(table?.columns.map((column) => [column.name, toTarget(column, table, timezone)]))
  },
  names: (transaction, schema) => readTableNames(transaction.execute.bind(transaction), schema),
}

/** The option `timezone` that a connection was made with: how the driver writes a Date. */
export function timezoneOf(connection: SqlConnection): MysqlTimezone {
  return coreOf(connection.client as MysqlPoolConnection).config?.timezone
}

function toTarget(column: TableColumn, table: Table, timezone: MysqlTimezone): MysqlColumn {
  return {
    name: column.name,
    encode: columnEncoder(column, timezone),
    bind: columnBinder(column, timezone),
    exact: isInteger(column) ? 'integer' : undefined,
    compared: comparedValue(column),
    loaded: loadedAs(column),
    table,
  }
}
