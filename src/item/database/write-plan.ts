import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import { lastByKey } from './last-by-key.js'
import type { Columns, TableCatalog, TargetColumn } from './table-target.js'

/** What is done with a chunk. */
export interface WritePlan<C extends TargetColumn = TargetColumn> {
  /** The writer, as errors name it. */
  readonly owner: string
  readonly mode: 'insert' | 'update' | 'delete'
  /** The table, as errors name it. */
  readonly name: string
  /** The quoted table. */
  readonly table: string
  readonly columns: readonly C[]
  /** The columns, by index, that find a row: of the conflict, or of the WHERE. Empty for a plain insert. */
  readonly keys: readonly number[]
  readonly onConflict: 'update' | 'nothing' | undefined
  /** Whether an item without a row is an error. */
  readonly checkRows: boolean
}

/** Writes chunks to one kind of database. One is made for each writer. */
export interface BatchWrites<C extends TargetColumn> {
  readonly catalog: TableCatalog<C>
  /** `plan` is the same object as long as the table's columns are. */
  write(transaction: SqlTransaction, plan: WritePlan<C>, values: Columns): void | Promise<void>
}

/**
 * The values without those of items that a later item with the same key replaces; `undefined` when only the database can
 * tell which keys are equal.
 */
export function lastOfEach({ keys, columns }: WritePlan, values: Columns): Columns | undefined {
  const kept = lastByKey(
    keys.map((key) => columns[key] as TargetColumn),
    keys.map((key) => values[key] ?? []),
  )
  if (kept === undefined) return undefined
  return kept.length === values[0]?.length ? values : values.map((list) => kept.map((i) => list[i]))
}

/** The key of an item, for an error. */
export function keyOf({ keys, columns }: WritePlan, values: Columns, item: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.map((key) => [columns[key]?.name, values[key]?.[item]]))
}
