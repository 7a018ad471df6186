import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { mysqlReads } from './mysql-reads.js'
import { PagingItemReader, type PagingOptions } from './paging-item-reader.js'

/** Options of {@link MysqlPagingItemReader}. */
export interface MysqlPagingItemReaderOptions<T> extends PagingOptions<T> {
  /** The pool to read from. A page holds one connection while its query runs, and none between pages. */
  readonly pool: MysqlPool
}

/**
 * Reads rows in pages by their sort keys, each page with a query that begins behind the last row of the one before: no
 * OFFSET, no open cursor. One query a chunk; by default the next page is read while the chunk commits.
 *
 * Values come as `execute` of the host's pool gives them, its `typeCast`, `dateStrings`, `timezone` and big-number options
 * included, unless `types` says otherwise. Keys are kept as the server's text, so BIGINT, DECIMAL and DATETIME(6) are
 * exact and no time zone shifts them. A text is compared as its collation does: a tie that only it sees is a tie. Of a
 * text only the first `max_sort_length` bytes (1024 by default) order rows; longer ones are no keys.
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
export class MysqlPagingItemReader<T = Record<string, unknown>> extends PagingItemReader<T, MysqlPool> {
  constructor(options: MysqlPagingItemReaderOptions<T>) {
    super('MysqlPagingItemReader', options, mysqlReads)
  }
}
