import { OptionCheck } from '../../domain/check-option.js'
import { quoteIdentifier } from '../../sql/identifier.js'
import { copyText } from '../../sql/postgres/copy-text.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import { type PostgresColumn, postgresCatalog } from './postgres-catalog.js'
import { postgresWrites } from './postgres-writes.js'
import { type Columns, encodingError, TableTarget } from './table-target.js'
import { checkColumns, type WriterColumns } from './writer-columns.js'
import { WriterTransaction } from './writer-transaction.js'

/** Options of {@link PostgresCopyItemWriter}. */
export type PostgresCopyItemWriterOptions<T> = WriterColumns<T> & {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: PgPool
  /** The table; a dot separates schema and table. */
  readonly table: string
}

const OWNER = 'PostgresCopyItemWriter'

/**
 * Appends a chunk's items with `COPY … FROM STDIN`, the fastest way into a table, in the chunk's transaction. Values,
 * pool and errors are those of `PostgresBatchItemWriter`; there is no upsert: a row that is there is an `SqlError`.
 */
export class PostgresCopyItemWriter<T = Record<string, unknown>> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly pool: PgPool | undefined
  readonly #transaction: WriterTransaction
  readonly #table: TableTarget<T, PostgresColumn>
  readonly #statement: string

  constructor(options: PostgresCopyItemWriterOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['pool', 'table', 'columns', 'naming'])
    const database = postgresWrites(check, options.pool)
    this.pool = database.pool
    this.#transaction = new WriterTransaction(OWNER, database)
    const written = checkColumns<T>(check, options.columns, options.naming)
    this.#table = new TableTarget(OWNER, check, options.table, written, postgresCatalog)
    const columns = this.#table.columns.map(({ name }) => quoteIdentifier(name))
    this.#statement = `COPY ${this.#table.sql} (${columns.join(', ')}) FROM STDIN`
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    await this.#transaction.run(context, async (transaction) => {
      const columns = await this.#table.resolve(transaction, context)
      const values = columns.map((_column, index) => this.#table.values(items, index))
      transaction.queue({ text: this.#statement, copyData: encode(columns, values) })
    })
  }
}

function encode(columns: readonly PostgresColumn[], values: Columns): readonly Uint8Array[] {
  try {
    const encoders = columns.map((column) => column.encode)
    return [...copyText(values, encoders)]
  } catch (error) {
    throw encodingError(columns, values, error)
  }
}
