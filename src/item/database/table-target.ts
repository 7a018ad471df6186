import type { OptionCheck } from '../../domain/check-option.js'
import { ColumnValueError } from '../../sql/column-value-error.js'
import { checkName, quoteParts } from '../../sql/identifier.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import type { WriterColumn } from './writer-columns.js'
import { UnknownColumnError, UnknownTableError } from './writer-errors.js'

/** A column of a table, as far as every writer needs to know. */
export interface TargetColumn {
  readonly name: string
  /** Makes what is sent of a value; throws a TypeError for what cannot be sent. */
  readonly encode: (value: unknown) => unknown
  /** Of which kind equal values are those of equal texts, and only those. */
  readonly exact: 'text' | 'integer' | undefined
}

/** Where a table and its columns are looked up. */
export interface TableCatalog<C extends TargetColumn> {
  readonly quote: (name: string) => string
  /**
   * The columns by name; empty when there is no such table. Throws, in the name of the writer `owner`, for a table that no
   * writer can use.
   */
  columns(transaction: SqlTransaction, parts: readonly string[], owner: string): Promise<ReadonlyMap<string, C>>
  /** The names of the tables that could be meant, for "did you mean". */
  names(transaction: SqlTransaction, schema: string | undefined): Promise<readonly string[]>
}

/** The table a writer writes to. */
export class TableTarget<T, C extends TargetColumn> {
  readonly name: string
  /** The quoted name. */
  readonly sql: string
  readonly columns: readonly WriterColumn<T>[]
  readonly #owner: string
  readonly #parts: readonly string[]
  readonly #catalog: TableCatalog<C>
  #known: { readonly stepExecutionId: number; readonly target: readonly C[] } | undefined

  constructor(
    owner: string,
    check: OptionCheck,
    table: unknown,
    columns: readonly WriterColumn<T>[],
    catalog: TableCatalog<C>,
  ) {
    this.#parts = checkName(check, 'table', table)
    this.name = this.#parts.join('.')
    this.sql = quoteParts(this.#parts, catalog.quote)
    this.columns = columns
    this.#owner = owner
    this.#catalog = catalog
  }

  /** The columns a writer fills, in their order, if they were asked for in this step. */
  known(context: WriteContext): readonly C[] | undefined {
    return this.#known?.stepExecutionId === context.stepExecution.id ? this.#known.target : undefined
  }

  /** Asks the catalog once a step, over the transaction's connection. */
  async resolve(transaction: SqlTransaction, context: WriteContext): Promise<readonly C[]> {
    const known = this.known(context)
    if (known !== undefined) return known
    const found = await this.#catalog.columns(transaction, this.#parts, this.#owner)
    if (found.size === 0) {
      const schema = this.#parts.length > 1 ? this.#parts[0] : undefined
      throw new UnknownTableError(this.#owner, this.name, await this.#catalog.names(transaction, schema))
    }
    const target = this.columns.map(({ name }) => {
      const column = found.get(name)
      if (column === undefined) throw new UnknownColumnError(this.#owner, this.name, name, [...found.keys()])
      return column
    })
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
}

/** The error for a value that cannot be sent: finds it by encoding the values once more. */
export function encodingError(columns: readonly TargetColumn[], values: Columns, cause: unknown): unknown {
  for (const [index, { name, encode }] of columns.entries()) {
    for (const value of values[index] ?? []) {
      try {
        encode(value)
      } catch {
        return new ColumnValueError('written', name, value, cause)
      }
    }
  }
  return cause
}

/** The values of items: one array a column. */
export type Columns = readonly (readonly unknown[])[]
