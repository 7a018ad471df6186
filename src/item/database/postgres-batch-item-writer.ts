import type { PgPool } from '../../sql/postgres/pg-port.js'
import { BatchItemWriter, type BatchOptions } from './batch-item-writer.js'
import { PostgresBatch } from './postgres-batch.js'
import type { PostgresColumn } from './postgres-catalog.js'
import { postgresWrites } from './postgres-writes.js'

/** Options of {@link PostgresBatchItemWriter}. */
export type PostgresBatchItemWriterOptions<T> = BatchOptions<T> & {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: PgPool
}

/**
 * Writes a chunk in one statement, with one array a column. Items of a chunk with the same key act as if they were
 * written one after another.
 *
 * Values: numbers, bigints and texts for any type that reads them, `Date` for dates and times, `Uint8Array` for bytes,
 * arrays for array columns; for `json` and `jsonb` every value is written as JSON, a string as a JSON string. `null` and
 * `undefined` are NULL. The column types are read from the catalog once a step. What a column cannot take is the
 * database's own error.
 *
 * Rows commit with the chunk. With the pool of another database they are committed before it: at-least-once.
 *
 * Throws `InvalidOptionError` for options that cannot work; when it writes, `UnknownTableError`, `UnknownColumnError`,
 * `WrittenRowCountError`, `ColumnValueError` for what has no text (a function), and `SqlError` for what the database
 * refuses, at the latest when the chunk commits.
 */
export class PostgresBatchItemWriter<T = Record<string, unknown>> extends BatchItemWriter<T, PgPool, PostgresColumn> {
  constructor(options: PostgresBatchItemWriterOptions<T>) {
    super('PostgresBatchItemWriter', options, postgresWrites, new PostgresBatch())
  }
}
