import { quoteIdentifier, quoteParts } from '../../sql/identifier.js'
import { type ColumnEncoder, columnEncoder } from '../../sql/postgres/column-encoder.js'
import { readTableColumns, readTableNames, type TableColumn } from '../../sql/postgres/table-columns.js'
import type { TableCatalog, TargetColumn } from './table-target.js'

/** A column of a PostgreSQL table that is written to. */
export interface PostgresColumn extends TableColumn, TargetColumn {
  readonly encode: ColumnEncoder
}

const TEXT_TYPES: ReadonlySet<number> = new Set([25, 1043])
const INTEGER_TYPES: ReadonlySet<number> = new Set([20, 21, 23])

/** Looks tables up as a statement of the session would. */
export const postgresCatalog: TableCatalog<PostgresColumn> = {
  quote: quoteIdentifier,
  async columns(transaction, parts) {
    const found = await readTableColumns(transaction.execute.bind(transaction), quoteParts(parts))
    return new Map([...found].map(([name, column]) => [name, toTarget(column)]))
  },
  names: (transaction, schema) => readTableNames(transaction.execute.bind(transaction), schema),
}

function toTarget(column: TableColumn): PostgresColumn {
  const { exactText, typeId } = column
  const exact = TEXT_TYPES.has(typeId) ? 'text' : INTEGER_TYPES.has(typeId) ? 'integer' : undefined
  return { ...column, encode: columnEncoder(column), exact: exactText ? exact : undefined }
}
