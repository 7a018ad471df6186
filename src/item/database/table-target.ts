import type { OptionCheck } from '../../domain/check-option.js'
import { checkName, quoteParts } from '../../sql/identifier.js'
import { ColumnValueError } from '../../sql/column-value-error.js'
import { type ColumnEncoder, columnEncoder } from '../../sql/postgres/column-encoder.js'
import { readTableColumns, readTableNames, type TableColumn } from '../../sql/postgres/table-columns.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import type { WriterColumn } from './writer-columns.js'
import { UnknownColumnError, UnknownTableError } from './writer-errors.js'

/** What the catalog says about the columns a writer fills, in their order. */
export interface TargetColumns {
  readonly columns: readonly TableColumn[]
  readonly encoders: readonly ColumnEncoder[]
}

/** The table a writer writes to. */
export class TableTarget<T> {
  readonly name: string
  /** The quoted name. */
  readonly sql: string
  readonly columns: readonly WriterColumn<T>[]
  readonly #owner: string
  readonly #schema: string | undefined
  #known: { readonly stepExecutionId: number; readonly target: TargetColumns } | undefined

  constructor(owner: string, check: OptionCheck, table: unknown, columns: readonly WriterColumn<T>[]) {
    const parts = checkName(check, 'table', table)
    this.name = parts.join('.')
    this.sql = quoteParts(parts)
    this.columns = columns
    this.#owner = owner
    this.#schema = parts.length > 1 ? parts[0] : undefined
  }

  /** What is known of the columns in this step, if it was asked for. */
  known(context: WriteContext): TargetColumns | undefined {
    return this.#known?.stepExecutionId === context.stepExecution.id ? this.#known.target : undefined
  }

  /** Asks the catalog once a step, over the transaction's connection. */
  async resolve(transaction: SqlTransaction, context: WriteContext): Promise<TargetColumns> {
    const known = this.known(context)
    if (known !== undefined) return known
    const execute = transaction.execute.bind(transaction)
    const found = await readTableColumns(execute, this.sql)
    if (found.size === 0)
      throw new UnknownTableError(this.#owner, this.name, await readTableNames(execute, this.#schema))
    const columns = this.columns.map(({ name }) => {
      const column = found.get(name)
      if (column === undefined) throw new UnknownColumnError(this.#owner, this.name, name, [...found.keys()])
      return column
    })
    const target = { columns, encoders: columns.map(columnEncoder) }
    this.#known = { stepExecutionId: context.stepExecution.id, target }
    return target
  }

  /** The values of one column. */
  values(items: readonly T[], index: number): readonly unknown[] {
    const { value } = this.columns[index] as WriterColumn<T>
    const values: unknown[] = []
    for (const item of items) values.push(value(item))
    return values
  }

  /** The error for a value that has no text: finds it by encoding the column's values once more. */
  encodingError(values: readonly unknown[], index: number, encode: ColumnEncoder, cause: unknown): unknown {
    const bad = values.find((value) => {
      try {
        encode(value)
        return false
      } catch {
        return true
      }
    })
    return new ColumnValueError('written', (this.columns[index] as WriterColumn<T>).name, bad, cause)
  }
}
