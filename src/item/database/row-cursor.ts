import type { AsText, ReadRows } from '../../sql/read-dialect.js'
import type { SqlConnection, SqlStatement } from '../../sql/sql-connection.js'
import type { Clock } from '../../support/clock.js'
import type { OpenReadPlug } from './read-plug.js'

/** The rows of one query, read in pieces over a connection that is its alone. */
export interface RowCursor {
  /** The next rows, fewer than `count` only at the end. Rejects when the connection is lost or `signal` aborted. */
  read(count: number, signal: AbortSignal): Promise<ReadRows>
  /** Gives the connection back; destroys it when the query cannot be ended. */
  close(clock: Clock): Promise<void>
}

/** Opens a cursor. `fetchSize` is the reader's option. */
export type OpenRowCursor = (
  connection: SqlConnection,
  statement: SqlStatement,
  asText: AsText,
  fetchSize: number | undefined,
) => RowCursor | Promise<RowCursor>

/** What a cursor reader reads with. */
export interface CursorPlug<P> {
  readonly reads: OpenReadPlug<P>
  /** Loads what cursors need; `owner` is named in errors. */
  readonly load: (owner: string) => Promise<OpenRowCursor>
}
