import type { SqlConnection, SqlField, SqlResult, SqlRow, SqlStatement } from '../sql-connection.js'
import { Waiters } from '../../support/waiters.js'
import { isConnectionLost, SqlError, type SqlErrorInfo } from '../sql-error.js'
import { FirstMysqlError } from './first-mysql-error.js'
import { classifyMysqlError, missingRow, toMysqlError } from './mysql-errors.js'
import type { AsText, ReadRows } from '../read-dialect.js'
import { toWire } from './encode.js'
import { asItems, asServer } from './mysql-values.js'
import { showName } from './session-name.js'
import {
  coreOf,
  type MysqlCore,
  type MysqlDone,
  type MysqlField,
  type MysqlHeader,
  type MysqlPoolConnection,
  type MysqlQuery,
  type MysqlRowStream,
  type MysqlStreaming,
} from './mysql-port.js'

/**
 * After a deadlock the server has ended the transaction, and what follows would be committed statement by statement; after
 * DDL as well. Without autocommit it can be rolled back, and the savepoint, which is gone then, shows it.
 */
const GUARD: readonly SqlStatement[] = [{ text: 'SET autocommit = 0' }, { text: 'SAVEPOINT chunkwise_guard' }]

/** One connection of the host's `mysql2` pool. Statements go one after another: the protocol has no pipeline. */
export class MysqlConnection implements SqlConnection {
  readonly database = 'MySQL'
  readonly client: MysqlPoolConnection
  readonly #core: MysqlCore
  readonly guard: readonly SqlStatement[] = GUARD
  readonly guardCheck: SqlStatement = { text: 'RELEASE SAVEPOINT chunkwise_guard' }
  readonly #firstError: FirstMysqlError
  readonly #onError: (error: Error) => void
  readonly #listeners = new Waiters<Error>()
  /** Who waits for an answer: a connection that is closed gives none. */
  readonly #waiting = new Waiters<Error>()
  #guarded = false
  #lost: Error | undefined
  #ended = false

  constructor(client: MysqlPoolConnection) {
    this.client = client
    this.#core = coreOf(client)
    // Without a listener the loss of a connection would be an uncaught exception in the host.
    this.#onError = (error) => this.#lose(error)
    this.#core.on('error', this.#onError)
    this.#firstError = new FirstMysqlError(this.#core)
    // What the server sends behind its first OK is read, and told, before anybody who waits for the connection can listen.
    if (this.#core.stream?.writable === false)
      this.#lose(new Error('the connection was closed as soon as it was there'))
  }

  get firstError(): unknown {
    return this.#firstError.error
  }

  get swallowed(): unknown {
    return this.#firstError.error
  }

  classify(error: unknown): SqlErrorInfo {
    return classifyMysqlError(error)
  }

  async run(statements: readonly SqlStatement[]): Promise<readonly SqlResult[]> {
    const results: SqlResult[] = []
    for (const [index, statement] of statements.entries()) {
      try {
        const result = await this.#send(statement)
        if (statement.mustFindRow === true && result.rowCount === 0) throw missingRow(index)
        results.push(result)
        statement.answered?.()
      } catch (error) {
        throw this.#failed(error, index)
      }
    }
    return results
  }

  async runAhead(statements: readonly SqlStatement[]): Promise<readonly SqlResult[]> {
    const answers = await Promise.allSettled(statements.map((statement) => this.run([statement])))
    return answers.map((answer) => {
      if (answer.status === 'rejected') throw answer.reason
      return answer.value[0] as SqlResult
    })
  }

  showName(name: string): readonly SqlStatement[] {
    return showName(this.#core, name)
  }

  onLost(listener: (error: Error) => void): void {
    if (this.#lost === undefined) this.#listeners.add(listener)
    else listener(this.#lost)
  }

  release(): void {
    if (this.#ended) return
    if (this.#lost !== undefined) return this.destroy()
    this.#ended = true
    this.#firstError.stop()
    const give = (): void => {
      this.#core.removeListener('error', this.#onError)
      this.client.release()
    }
    if (!this.#guarded) return give()
    this.#core.query({ sql: 'SET autocommit = 1' }, (error) => {
      if (error === null || error === undefined) give()
      else this.client.destroy()
    })
  }

  destroy(): void {
    if (this.#ended) return
    this.#ended = true
    this.#firstError.stop()
    // The listener stays: a dying socket may still report an error.
    this.client.destroy()
    // The driver only says goodbye, which a server that waits for its rows to be read does not hear.
    this.#core.stream?.destroy?.()
    this.#waiting.tell(new Error('the connection was closed'))
  }

  /**
   * Runs a query by `execute`, so that every page is of one protocol, with values as the host's driver gives them; the
   * columns for which `asText` says so come as text.
   */
  async read(statement: SqlStatement, asText: AsText): Promise<ReadRows> {
    const query = this.#itemQuery(statement, asText)
    try {
      const { result, fields } = await this.#call(query, (done) => this.#core.execute(query, done))
      return { fields: (fields ?? []).map(toField), rows: result as ReadRows['rows'] }
    } catch (error) {
      throw this.#failed(error, 0)
    }
  }

  /** The same for many rows, of which at most `rowsAhead` are kept here; nothing else is sent before their end. */
  stream(statement: SqlStatement, asText: AsText, rowsAhead: number): MysqlRowStream {
    const query = this.#itemQuery(statement, asText)
    return (this.#core.execute(query) as MysqlStreaming).stream({ highWaterMark: rowsAhead })
  }

  #itemQuery({ text, values = [] }: SqlStatement, asText: AsText): MysqlQuery {
    return { sql: text, ...asItems(this.#core.config, asText), values: values.map(toWire) }
  }

  #send({ text, values, bound, infile }: SqlStatement): Promise<SqlResult> {
    if (text.startsWith('SET autocommit = 0')) this.#guarded = true
    const factory = infile === undefined ? {} : { infileStreamFactory: infile }
    const query = { sql: text, ...asServer(this.#core.config), ...factory }
    const sent = bound ?? values?.map(toWire) ?? []
    const answer = this.#call(query, (done) =>
      sent.length === 0 ? this.#core.query(query, done) : this.#core.execute({ ...query, values: sent }, done),
    )
    return answer.then(
      ({ result, fields }) => toResult(text, result, fields),
      (error: unknown) => {
        this.#forget(query, error)
        throw error
      },
    )
  }

  /**
   * A value that MySQL has refused may have made a DOUBLE of its parameter, for as long as the statement stays prepared: of
   * later values it would keep the digits of a double.
   */
  #forget(query: MysqlQuery, error: unknown): void {
    if (hasState(error)) this.#firstError.own(() => this.#core.unprepare?.(query))
  }

  #call({ sql }: MysqlQuery, send: (done: MysqlDone) => unknown): Promise<MysqlAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined || this.#ended) {
        const cause = this.#lost ?? new Error('the connection was already given back')
        reject(connectionLost(cause))
        return
      }
      const waiter = this.#waiting.add((cause) => reject(connectionLost(cause)))
      const done: MysqlDone = (error, result, fields) => {
        this.#waiting.delete(waiter)
        this.#firstError.ended(sql, error)
        if (error === null || error === undefined) resolve({ result, fields })
        else reject(error as Error)
      }
      this.#firstError.own(() => send(done))
    })
  }

  #failed(error: unknown, index: number): SqlError {
    const wrapped = toMysqlError(error, index)
    if (isConnectionLost(wrapped)) this.#lose(wrapped)
    return wrapped
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    this.#waiting.tell(error)
    this.#listeners.tell(error)
  }
}

function connectionLost(cause: Error): SqlError {
  return new SqlError({ kind: 'connection-lost', sqlState: undefined }, cause)
}

/** Whether an error is the server's answer to a statement. */
function hasState(error: unknown): boolean {
  return typeof (error as { readonly sqlState?: unknown } | null)?.sqlState === 'string'
}

interface MysqlAnswer {
  readonly result: unknown
  readonly fields: readonly MysqlField[] | undefined
}

function toResult(text: string, result: unknown, fields: readonly MysqlField[] | undefined): SqlResult {
  const command = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? ''
  if (!Array.isArray(result)) {
    return { fields: [], rows: [], rowCount: (result as MysqlHeader | undefined)?.affectedRows ?? 0, command }
  }
  const rows = (result as readonly MysqlValue[][]).map((row): SqlRow => row.map(toText))
  return { fields: (fields ?? []).map(toField), rows, rowCount: rows.length, command }
}

/** What the driver says of a column, in the port's words. */
export function toField({ name, columnType, flags, decimals, characterSet, extendedFormat }: MysqlField): SqlField {
  return { name, typeId: columnType ?? 0, flags, decimals, charset: characterSet, format: extendedFormat }
}

/** What the driver gives of a column, asked for as it is here. */
type MysqlValue = string | number | bigint | Uint8Array | null | undefined

function toText(value: MysqlValue): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
}
