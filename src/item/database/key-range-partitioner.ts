import { quoteParts } from '../../sql/identifier.js'
import { OptionCheck } from '../../domain/check-option.js'
import type { Partition, Partitioner } from '../../domain/partition.js'
import type { StepContext } from '../../domain/step-context.js'
import type { SqlDatabase, SqlResult, SqlRow, SqlStatement } from '../../sql/sql-connection.js'
import { unlessAborted } from '../../support/abort.js'
import { type Clock, systemClock } from '../../support/clock.js'
import { type KeyBound, type KeyRange, RANGE_KEY } from './key-range.js'
import { KeyedQuery, type KeyedQueryOptions } from './keyed-query.js'
import { PageQueries } from './page-queries.js'
import type { OpenReadPlug } from './read-plug.js'
import { type SelectOptions, selectSource } from './select-query.js'
import { checkSortKeys, type SortKeys } from './sort-keys.js'

/** Options of a partitioner by key range, besides its pool: those of the reader that will read the partitions. */
export interface KeyRangeOptions extends Omit<SelectOptions, 'select'> {
  /** What stands behind SELECT. Needed only where a sort key is not a column of `from`. Default: the sort keys. */
  readonly select?: string
  /** The reader's sort keys: together they identify a row and are never NULL. */
  readonly sortKeys: SortKeys
  /** The clock of the waiting between attempts. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/** What the partitioners by key range of all databases share: see `PostgresKeyRangePartitioner`. */
export abstract class KeyRangePartitioner<P> implements Partitioner<unknown> {
  readonly #database: SqlDatabase
  readonly #clock: Clock
  readonly #keyed: KeyedQueryOptions

  constructor(owner: string, options: KeyRangeOptions & { readonly pool: P }, openPlug: OpenReadPlug<P>) {
    const check = new OptionCheck(owner)
    check.object(options, ['pool', 'select', 'from', 'where', 'parameters', 'sortKeys', 'clock'])
    const { database, dialect } = openPlug(check, options.pool)
    this.#database = database
    const keys = checkSortKeys(check, options.sortKeys)
    const quoted = (name: string): string => quoteParts(name.split('.'), (part) => dialect.quote(part))
    const select = options.select ?? keys.map(({ name }) => quoted(name)).join(', ')
    const { sql, values, plainTable } = selectSource(check, dialect, { ...options, select })
    this.#keyed = { owner, check, dialect, keys, source: `(\n${sql})`, values, plainTable, asText: undefined }
    this.#clock = options.clock ?? systemClock
  }

  async partition(gridSize: number, context: StepContext<unknown>): Promise<readonly Partition[]> {
    const { signal } = context
    const queries = new PageQueries(this.#database, this.#clock, context)
    const run = (statement: SqlStatement): Promise<SqlResult> =>
      unlessAborted(
        signal,
        queries.run(async (connection) => (await connection.run([statement]))[0] as SqlResult),
      )
    try {
      const query = await KeyedQuery.open(this.#keyed, run)
      const { rows } = await run(query.lastOfParts(gridSize))
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
