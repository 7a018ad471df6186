import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { type KeyRangeOptions, KeyRangePartitioner } from './key-range-partitioner.js'
import { mysqlReads } from './mysql-reads.js'

/** Options of {@link MysqlKeyRangePartitioner}: those of the reader that will read the partitions. */
export interface MysqlKeyRangePartitionerOptions extends KeyRangeOptions {
  /** The pool to ask. One connection of it, while the step makes its partitions. */
  readonly pool: MysqlPool
}

/**
 * Cuts a query's rows into ranges of their sort keys, `gridSize` of them, even by the number of rows: none has more than
 * one row more than another, whatever the keys are. Give it `from`, `where`, `parameters` and `sortKeys` of the paging
 * reader, and the reader `range: partitionRange(context)`.
 *
 * The ranges follow one another without a hole; the first is open at the bottom and the last at the top, so that rows that
 * come in later fall into exactly one of them. Keys are kept as the server's text: BIGINT, DECIMAL and DATETIME(6)
 * are exact. Fewer rows than partitions: a range for each row; no row: no partition.
 *
 * It reads the sort keys of all rows once, in their order: a matter of an index scan where there is an index, else of a
 * sort. A partition is called by its number, from 1.
 *
 * Throws `InvalidOptionError`; when the step makes its partitions, `SortKeyNullError` where a key is NULL, and `SqlError`.
 *
 * @example
 * ```ts
 * import type mysql from 'mysql2/promise'
 * import { chunkStep, partitionStep, type StepContext } from 'chunkwise'
 * import { partitionRange, MysqlKeyRangePartitioner, MysqlPagingItemReader } from 'chunkwise/mysql'
 *
 * declare const pool: mysql.Pool
 * const users = { pool, from: 'users', sortKeys: { id: 'asc' } } as const
 * const loadUsers = chunkStep('loadUsers', {
 *   chunkSize: 500,
 *   reader: (context: StepContext) =>
 *     new MysqlPagingItemReader<{ id: string }>({ ...users, select: 'id', range: partitionRange(context) }),
 *   writer: (rows) => console.log(rows.length),
 * })
 * export const load = partitionStep('load', {
 *   partitioner: new MysqlKeyRangePartitioner(users),
 *   step: loadUsers,
 *   gridSize: 4,
 * })
 * ```
 */
export class MysqlKeyRangePartitioner extends KeyRangePartitioner<MysqlPool> {
  constructor(options: MysqlKeyRangePartitionerOptions) {
    super('MysqlKeyRangePartitioner', options, mysqlReads)
  }
}
