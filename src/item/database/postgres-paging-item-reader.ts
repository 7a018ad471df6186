import type { PgPool } from '../../sql/postgres/pg-port.js'
import { PagingItemReader, type PagingOptions } from './paging-item-reader.js'
import { postgresReads } from './postgres-reads.js'

/** Options of {@link PostgresPagingItemReader}. */
export interface PostgresPagingItemReaderOptions<T> extends PagingOptions<T> {
  /** The pool to read from. A page holds one connection while its query runs, and none between pages. */
  readonly pool: PgPool
}

/**
 * Reads rows in pages by their sort keys, each page with a query that begins behind the last row of the one before: no
 * OFFSET, no open cursor. One query a chunk; by default the next page is read while the chunk commits.
 *
 * Values come as the host's driver gives them, its type parsers included, unless `types` says otherwise. Keys are kept
 * as the server's text, so `bigint` and timestamps to the microsecond are exact.
 *
 * Restarts behind the last committed row, whatever the page size was or is; with `commitOrder: 'any'`, in the gaps between
 * the committed ranges, each page within one of them. Rows that come in behind that place while
 * the step runs are read, rows before it are not. With `range` it reads that part of the rows and no other; a restart has to
 * be given the same one, as the worker of a partition is.
 *
 * Throws `InvalidOptionError` for options that cannot work (a sort key that is not selected: when it opens),
 * `SortKeyTieError` and `SortKeyNullError` when the keys do not identify rows, `PositionError` for the position of
 * other sort keys, `SqlError` when a query fails; one that fails for a reason that passes is tried three times.
 */
export class PostgresPagingItemReader<T = Record<string, unknown>> extends PagingItemReader<T, PgPool> {
  constructor(options: PostgresPagingItemReaderOptions<T>) {
    super('PostgresPagingItemReader', options, postgresReads)
  }
}
