import { MysqlRowCursor } from '../../sql/mysql/mysql-row-cursor.js'
import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { CursorItemReader, type CursorOptions } from './cursor-item-reader.js'
import { mysqlReads } from './mysql-reads.js'

/** Options of {@link MysqlCursorItemReader}. */
export type MysqlCursorItemReaderOptions<T> = CursorOptions<T> & {
  /** The pool of which the reader holds one connection, from `open` to `close`. */
  readonly pool: MysqlPool
  /** Rows that are kept ahead of the chunks. Default 1000. */
  readonly fetchSize?: number
}

/**
 * Reads the rows of one query as the server sends them, on a connection of its own. When the chunks are slower, the
 * connection is paused and the server waits, for as long as it takes (`net_write_timeout` is raised on this connection
 * meanwhile). All rows are of one moment: what is changed while the step runs is not seen. That holds old versions of rows
 * for as long, which on a busy table is a reason to page instead.
 *
 * Restarts behind the last committed row with `sortKeys`, by count without. Values come as with `MysqlPagingItemReader`. A
 * text as a sort key makes the server sort and keep the whole result first, since only it knows which texts are equal.
 *
 * MySQL cannot end a query half-way: closed before its last row, the reader destroys the connection.
 *
 * Throws `InvalidOptionError`, `SortKeyTieError`, `SortKeyNullError` and `PositionError` as the paging reader does,
 * `SqlError` when the query fails or the connection is lost: rows that were sent are not sent again, so that fails the step,
 * which can be restarted.
 */
export class MysqlCursorItemReader<T = Record<string, unknown>> extends CursorItemReader<T, MysqlPool> {
  constructor(options: MysqlCursorItemReaderOptions<T>) {
    super('MysqlCursorItemReader', options, { reads: mysqlReads, load: async () => MysqlRowCursor.open })
  }
}
