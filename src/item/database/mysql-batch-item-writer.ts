import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { BatchItemWriter, type BatchOptions } from './batch-item-writer.js'
import { MysqlBatch } from './mysql-batch.js'
import type { MysqlColumn } from './mysql-catalog.js'
import { mysqlWrites } from './mysql-writes.js'

/** Options of {@link MysqlBatchItemWriter}. */
export type MysqlBatchItemWriterOptions<T> = BatchOptions<T> & {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: MysqlPool
}

/**
 * Writes a chunk: inserts and upserts with prepared statements of many rows, split below the server's `max_allowed_packet`
 * and 65,535 values; updates and deletes with one prepared statement, row by row. Items of a chunk with the same key act as
 * if they were written one after another.
 *
 * An upsert is `ON DUPLICATE KEY UPDATE`. Its columns must be those of a unique key; an item whose row is there by another
 * unique key is a duplicate key (`SqlError`), not an update of that row.
 *
 * Values: numbers and bigints with all their digits, texts for any type that reads them, `Uint8Array` for bytes; a `Date` is
 * written as the driver writes it, in the pool's `timezone` (by default that of this process; `'Z'` is UTC), a text such as
 * `2024-02-29 10:00:00.123456` to the microsecond. `true` and `false` are 1 and 0, also for BIT, which takes numbers as
 * such. Objects and arrays are written as JSON; for a JSON column every value is, a string as a JSON string. `null` and
 * `undefined` are NULL. The column types are read from the catalog once a step. What a column cannot take is the database's
 * own error, under a strict `sql_mode`, which is the default; without it MySQL cuts and rounds.
 *
 * Rows commit with the chunk. With the pool of another database they are committed before it: at-least-once.
 *
 * Throws `InvalidOptionError` for options that cannot work; when it writes, `UnknownTableError` (also for a temporary
 * table), `UnknownColumnError`, `NoUniqueKeyError`, `WrittenRowCountError`, `ColumnValueError` for what cannot be sent (a
 * function), and `SqlError` for what the database refuses, at the latest when the chunk commits.
 */
export class MysqlBatchItemWriter<T = Record<string, unknown>> extends BatchItemWriter<T, MysqlPool, MysqlColumn> {
  constructor(options: MysqlBatchItemWriterOptions<T>) {
    super('MysqlBatchItemWriter', options, mysqlWrites, new MysqlBatch())
  }
}
