import { copyText } from '../../sql/copy-text.js'
import { quoteIdentifier } from '../../sql/identifier.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import { AppendItemWriter, type AppendOptions } from './append-item-writer.js'
import { type PostgresColumn, postgresCatalog } from './postgres-catalog.js'
import { postgresWrites } from './postgres-writes.js'
import { type Columns, encodingError } from './table-target.js'

/** Options of {@link PostgresCopyItemWriter}. */
export type PostgresCopyItemWriterOptions<T> = AppendOptions<T> & {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: PgPool
}

/**
 * Appends a chunk's items with `COPY … FROM STDIN`, the fastest way into a table, in the chunk's transaction. Values,
 * pool and errors are those of `PostgresBatchItemWriter`; there is no upsert: a row that is there is an `SqlError`.
 */
export class PostgresCopyItemWriter<T = Record<string, unknown>> extends AppendItemWriter<T, PgPool, PostgresColumn> {
  constructor(options: PostgresCopyItemWriterOptions<T>) {
    super('PostgresCopyItemWriter', options, postgresWrites, {
      catalog: postgresCatalog,
      send(transaction, table, columns, values) {
        const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
        transaction.queue({ text: `COPY ${table} (${names}) FROM STDIN`, copyData: encode(columns, values) })
      },
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
