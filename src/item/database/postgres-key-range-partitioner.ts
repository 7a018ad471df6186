import { OptionCheck } from '../../domain/check-option.js'
import type { Partition, Partitioner } from '../../domain/partition.js'
import type { StepContext } from '../../domain/step-context.js'
import { quoteIdentifier } from '../../sql/identifier.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import { checkPgPool, PostgresDatabase } from '../../sql/postgres/postgres-database.js'
import type { SqlRow } from '../../sql/sql-connection.js'
import { unlessAborted } from '../../support/abort.js'
import { type Clock, systemClock } from '../../support/clock.js'
import { type KeyBound, type KeyRange, RANGE_KEY } from './key-range.js'
import { KeyedQuery, type KeyedQueryOptions } from './keyed-query.js'
import { PageQueries } from './page-queries.js'
import { type SelectOptions, selectSource } from './select-query.js'
import { checkSortKeys, type SortKeys } from './sort-keys.js'

/** Options of {@link PostgresKeyRangePartitioner}: those of the reader that will read the partitions. */
export interface PostgresKeyRangePartitionerOptions extends Omit<SelectOptions, 'select'> {
  /** The pool to ask. One connection of it, while the step makes its partitions. */
  readonly pool: PgPool
  /** What stands behind SELECT. Needed only where a sort key is not a column of `from`. Default: the sort keys. */
  readonly select?: string
  /** The reader's sort keys: together they identify a row and are never NULL. */
  readonly sortKeys: SortKeys
  /** For tests. */
  readonly clock?: Clock
}

/**
 * Cuts a query's rows into ranges of their sort keys, `gridSize` of them, even by the number of rows: none has more than
 * one row more than another, whatever the keys are. Give it `from`, `where`, `parameters` and `sortKeys` of the paging
 * reader, and the reader `range: partitionRange(context)`.
 *
 * The ranges follow one another without a hole; the first is open at the bottom and the last at the top, so that rows that
 * come in later fall into exactly one of them. Keys are kept as the server's text: `bigint` and timestamps to the
 * microsecond are exact. Fewer rows than partitions: a range for each row; no row: no partition.
 *
 * It reads the sort keys of all rows once, in their order: a matter of an index scan where there is an index, else of a
 * sort. A partition is called by its number, from 1.
 *
 * Throws `InvalidOptionError`; when the step makes its partitions, `SortKeyNullError` where a key is NULL, and `SqlError`.
 *
 * @example
 * ```ts
 * import type pg from 'pg'
 * import { chunkStep, partitionStep, type StepContext } from 'chunkwise'
 * import { partitionRange, PostgresKeyRangePartitioner, PostgresPagingItemReader } from 'chunkwise/postgres'
 *
 * declare const pool: pg.Pool
 * const users = { pool, from: 'users', sortKeys: { id: 'asc' } } as const
 * const loadUsers = chunkStep('loadUsers', {
 *   chunkSize: 500,
 *   reader: (context: StepContext) =>
 *     new PostgresPagingItemReader<{ id: string }>({ ...users, select: 'id', range: partitionRange(context) }),
 *   writer: (rows) => console.log(rows.length),
 * })
 * export const load = partitionStep('load', {
 *   partitioner: new PostgresKeyRangePartitioner(users),
 *   step: loadUsers,
 *   gridSize: 4,
 * })
 * ```
 */
export class PostgresKeyRangePartitioner implements Partitioner<unknown> {
  readonly #database: PostgresDatabase
  readonly #clock: Clock
  readonly #keyed: KeyedQueryOptions

  constructor(options: PostgresKeyRangePartitionerOptions) {
    const owner = 'PostgresKeyRangePartitioner'
    const check = new OptionCheck(owner)
    check.object(options, ['pool', 'select', 'from', 'where', 'parameters', 'sortKeys', 'clock'])
    this.#database = new PostgresDatabase(checkPgPool(check, options.pool))
    const keys = checkSortKeys(check, options.sortKeys)
    const select = options.select ?? keys.map(({ name }) => name.split('.').map(quoteIdentifier).join('.')).join(', ')
    const { sql, values, plainTable } = selectSource(check, { ...options, select })
    this.#keyed = { owner, check, keys, source: `(\n${sql})`, values, plainTable }
    this.#clock = options.clock ?? systemClock
  }

  async partition(gridSize: number, context: StepContext<unknown>): Promise<readonly Partition[]> {
    const { signal } = context
    const queries = new PageQueries(this.#database, this.#clock, context)
    try {
      const query = await KeyedQuery.open(this.#keyed, (statement) => unlessAborted(signal, queries.run(statement)))
      const { rows } = await unlessAborted(signal, queries.run(query.lastOfParts(gridSize)))
      return this.#ranges(rows)
    } finally {
      await queries.close()
    }
  }

  /** `rows` are the last ones of the parts; behind that of the last part more may come. */
  #ranges(rows: readonly SqlRow[]): readonly Partition[] {
    const bounds = rows.slice(0, -1).map((row) => this.#bound(row))
    const digits = String(rows.length).length
    return rows.map((_row, index) => {
      const range: KeyRange = { after: bounds[index - 1] ?? null, through: bounds[index] ?? null }
      return { name: String(index + 1).padStart(digits, '0'), context: { [RANGE_KEY]: range } }
    })
  }

  #bound(row: SqlRow): KeyBound {
    return Object.fromEntries(this.#keyed.keys.map(({ name }, index) => [name, row[index] as string]))
  }
}
