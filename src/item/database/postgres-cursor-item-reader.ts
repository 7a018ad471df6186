import type { PgPool } from '../../sql/postgres/pg-port.js'
import { CursorItemReader, type CursorOptions } from './cursor-item-reader.js'
import { loadCursorClass, OpenCursor } from './open-cursor.js'
import { postgresReads } from './postgres-reads.js'

/** Options of {@link PostgresCursorItemReader}. */
export type PostgresCursorItemReaderOptions<T> = CursorOptions<T> & {
  /** The pool of which the reader holds one connection, from `open` to `close`. */
  readonly pool: PgPool
  /** Rows a round trip. Default: the step's `chunkSize`. */
  readonly fetchSize?: number
}

/**
 * Reads the rows of one query through a server-side cursor, on a connection of its own. All rows are of one moment: what
 * is changed while the step runs is not seen. That holds a snapshot for as long, which on a busy table is a reason to
 * page instead.
 *
 * Restarts behind the last committed row with `sortKeys`, by count without. Values come as with
 * `PostgresPagingItemReader`.
 *
 * Needs the package `pg-cursor`. Throws `InvalidOptionError`, `SortKeyTieError`, `SortKeyNullError` and `PositionError`
 * as the paging reader does, `MissingPackageError` without that package, `SqlError` when the query fails or the
 * connection is lost: a cursor cannot be read again, so that fails the step, which can be restarted.
 */
export class PostgresCursorItemReader<T = Record<string, unknown>> extends CursorItemReader<T, PgPool> {
  constructor(options: PostgresCursorItemReaderOptions<T>) {
    super('PostgresCursorItemReader', options, {
      reads: postgresReads,
      load: async (owner) => {
        const cursorClass = await loadCursorClass(owner)
        return (connection, statement) => new OpenCursor(connection, cursorClass, statement)
      },
    })
  }
}
