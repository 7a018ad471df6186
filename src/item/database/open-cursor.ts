import type Cursor from 'pg-cursor'
import type { PgField } from '../../sql/postgres/pg-port.js'
import { toField } from '../../sql/postgres/pg-pipeline.js'
import { toSqlError } from '../../sql/postgres/postgres-errors.js'
import type { ReadRows } from '../../sql/read-dialect.js'
import type { SqlConnection, SqlRow, SqlStatement } from '../../sql/sql-connection.js'
import { isConnectionLost } from '../../sql/sql-error.js'
import type { Clock } from '../../support/clock.js'
import { MissingPackageError } from '../missing-package-error.js'
import type { RowCursor } from './row-cursor.js'

const PATIENCE = 2_000

type CursorClass = typeof Cursor

/** Loads pg-cursor, which only a cursor reader needs. */
export async function loadCursorClass(owner: string): Promise<CursorClass> {
  try {
    const loaded = await import('pg-cursor')
    // What a CommonJS package looks like when it is imported depends on who compiled the import.
    return (loaded as { readonly default?: CursorClass }).default ?? (loaded as unknown as CursorClass)
  } catch (error) {
    throw new MissingPackageError(owner, 'pg-cursor', error)
  }
}

/**
 * An open pg-cursor with the connection that is its alone: a query on a connection with an open cursor would hang, so
 * would the next query after its release, and so would closing the cursor of a backend that died.
 */
export class OpenCursor implements RowCursor {
  readonly #connection: SqlConnection
  readonly #cursor: Cursor
  #state: 'idle' | 'busy' | 'failed' | 'lost' | 'closed' = 'idle'
  #onLost: ((error: Error) => void) | undefined

  constructor(connection: SqlConnection, cursorClass: CursorClass, statement: SqlStatement) {
    this.#connection = connection
    connection.onLost((error) => {
      this.#state = 'lost'
      this.#onLost?.(error)
    })
    const asSent = { getTypeParser: () => (text: unknown) => text }
    this.#cursor = new cursorClass(statement.text, [...(statement.values ?? [])], {
      rowMode: 'array',
      types: asSent as never,
    })
    const client = connection.client as { query(cursor: unknown): unknown }
    client.query(this.#cursor)
    // A host's query_timeout counts until this is called, and would end a cursor that is well.
    const submitted = this.#cursor as unknown as { callback?: () => void }
    submitted.callback?.()
  }

  /** The next rows, fewer than `count` only at the end. Rejects when the connection is lost or `signal` aborted. */
  async read(count: number, signal: AbortSignal): Promise<ReadRows> {
    signal.throwIfAborted()
    const interrupted = new AbortController()
    try {
      return await new Promise<ReadRows>((resolve, reject) => {
        this.#onLost = (error) => reject(toSqlError(error))
        signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: interrupted.signal })
        this.#state = 'busy'
        this.#cursor.read(count, (error, rows: SqlRow[], result: { readonly fields: unknown } | undefined) => {
          // Behind the end there is no result any more.
          const fields = (result?.fields ?? []) as readonly PgField[]
          const failure = hasFailed(error) ? toSqlError(error) : undefined
          // The server says that it ends the connection before the socket closes.
          if (isConnectionLost(failure)) this.#state = 'lost'
          if (this.#state === 'busy') this.#state = failure === undefined ? 'idle' : 'failed'
          if (failure !== undefined) reject(failure)
          else resolve({ rows, fields: fields.map(toField) })
        })
      })
    } finally {
      this.#onLost = undefined
      interrupted.abort()
    }
  }

  /** Closes the cursor and gives the connection back; destroys it when that cannot be done in two seconds. */
  async close(clock: Clock): Promise<void> {
    const state = this.#state
    this.#state = 'closed'
    if (state === 'closed') return
    // After an error the server has closed the cursor, and pg-cursor's own close would wait for ever.
    const isClosed = state === 'failed' || (state === 'idle' && (await this.#closeCursor(clock)))
    if (isClosed) this.#connection.release()
    else this.#connection.destroy()
  }

  #closeCursor(clock: Clock): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = clock.after(PATIENCE, () => resolve(false))
      const settle = (closed: boolean): void => {
        timer.cancel()
        resolve(closed)
      }
      this.#onLost = () => settle(false)
      this.#cursor.close((error) => settle(!hasFailed(error)))
    })
  }
}

function hasFailed(error: unknown): boolean {
  return error !== null && error !== undefined
}
