import { OptionCheck } from '../../domain/check-option.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import { type Columns, type TableCatalog, TableTarget, type TargetColumn } from './table-target.js'
import { checkColumns, type WriterColumns } from './writer-columns.js'
import type { OpenWriterDatabase } from './writer-database.js'
import { WriterTransaction } from './writer-transaction.js'

/** Options of a writer that appends, besides its pool. */
export type AppendOptions<T> = WriterColumns<T> & {
  /** The table; a dot separates schema and table. */
  readonly table: string
}

/** How a database takes many rows at once. */
export interface Append<C extends TargetColumn> {
  readonly catalog: TableCatalog<C>
  /** Sends the rows; `table` is quoted. */
  send(transaction: SqlTransaction, table: string, columns: readonly C[], values: Columns): void | Promise<void>
}

/** What the writers that append share: see `PostgresCopyItemWriter` and `MysqlLoadDataItemWriter`. */
export abstract class AppendItemWriter<T, P extends object, C extends TargetColumn> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly pool: P | undefined
  readonly #transaction: WriterTransaction
  readonly #table: TableTarget<T, C>
  readonly #append: Append<C>

  constructor(
    owner: string,
    options: AppendOptions<T> & { readonly pool?: P },
    open: OpenWriterDatabase<P>,
    append: Append<C>,
  ) {
    const check = new OptionCheck(owner)
    check.object(options, ['pool', 'table', 'columns', 'naming'])
    const database = open(check, options.pool)
    this.pool = database.pool
    this.#append = append
    this.#transaction = new WriterTransaction(owner, database)
    const columns = checkColumns<T>(check, options.columns, options.naming)
    this.#table = new TableTarget(owner, check, options.table, columns, append.catalog)
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    await this.#transaction.run(context, async (transaction) => {
      const columns = await this.#table.resolve(transaction, context)
      const values = columns.map((_column, index) => this.#table.values(items, index))
      await this.#append.send(transaction, this.#table.sql, columns, values)
    })
  }
}
