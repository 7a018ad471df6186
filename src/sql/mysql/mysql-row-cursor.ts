import type { AsText, ReadRows } from '../read-dialect.js'
import type { ItemRow } from '../row-decoder.js'
import type { SqlConnection, SqlField, SqlStatement } from '../sql-connection.js'
import { isConnectionLost } from '../sql-error.js'
import { type MysqlConnection, toField } from './mysql-connection.js'
import { toMysqlError } from './mysql-errors.js'
import type { MysqlField, MysqlRowStream } from './mysql-port.js'

const ROWS_AHEAD = 1000
/** The longest that a server may be told to wait, in seconds; it ends a connection that does not read for longer. */
const LONGEST_WAIT = 31_536_000

/** The rows of one query as the server sends them. Rows that nobody asks for stay on the server. */
export class MysqlRowCursor {
  readonly #connection: MysqlConnection
  readonly #stream: MysqlRowStream
  readonly #waited: string
  #fields: readonly SqlField[] = []
  /** Rows that were taken for a read that did not end. */
  #rows: ItemRow[] = []
  #error: unknown
  #ended = false
  #closed = false
  #wake: (() => void) | undefined

  private constructor(connection: MysqlConnection, stream: MysqlRowStream, waited: string) {
    this.#connection = connection
    this.#stream = stream
    this.#waited = waited
    connection.onLost((error) => this.#fail(error))
    stream.on('fields', (fields) => (this.#fields = ((fields ?? []) as readonly MysqlField[]).map(toField)))
    stream.on('error', (error) => this.#fail(error))
    stream.on('end', () => {
      this.#ended = true
      this.#wake?.()
    })
    stream.on('readable', () => this.#wake?.())
  }

  /** Sends the query. What is wrong with it comes out of the first read. */
  static async open(
    this: void,
    connection: SqlConnection,
    statement: SqlStatement,
    asText: AsText,
    rowsAhead: number = ROWS_AHEAD,
  ): Promise<MysqlRowCursor> {
    const [found] = await connection.run([
      { text: 'SELECT @@session.net_write_timeout' },
      { text: `SET SESSION net_write_timeout = ${LONGEST_WAIT}` },
    ])
    const own = connection as MysqlConnection
    return new MysqlRowCursor(own, own.stream(statement, asText, rowsAhead), found?.rows[0]?.[0] ?? 'DEFAULT')
  }

  /** The next rows, fewer than `count` only at the end. Rejects when the connection is lost or `signal` aborted. */
  async read(count: number, signal: AbortSignal): Promise<ReadRows> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#error !== undefined) throw toMysqlError(this.#error)
      while (this.#rows.length < count) {
        const row = this.#stream.read() as ItemRow | null
        if (row === null) break
        this.#rows.push(row)
      }
      if (this.#rows.length >= count || (this.#ended && this.#error === undefined)) {
        const rows = this.#rows.splice(0, count)
        return { rows, fields: this.#fields }
      }
      await this.#news(signal)
    }
  }

  /** Gives the connection back when all rows were sent or the query failed; destroys it else. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const failed = this.#error !== undefined
    const isIdle = failed ? !isConnectionLost(toMysqlError(this.#error)) : this.#ended
    try {
      if (!isIdle) return this.#connection.destroy()
      await this.#connection.run([{ text: `SET SESSION net_write_timeout = ${this.#waited}` }])
      this.#connection.release()
    } catch {
      this.#connection.destroy()
    }
  }

  #fail(error: unknown): void {
    this.#error ??= error
    this.#wake?.()
  }

  /** Waits until there may be a row, the end or an error. */
  async #news(signal: AbortSignal): Promise<void> {
    const settled = new AbortController()
    try {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve
        signal.addEventListener('abort', () => reject(signal.reason as Error), { signal: settled.signal })
        if (this.#ended || this.#error !== undefined) resolve()
      })
    } finally {
      this.#wake = undefined
      settled.abort()
    }
  }
}
