import type { SqlConnection, SqlResult, SqlRow, SqlStatement, SqlValue } from '../sql-connection.js'
import { isConnectionLost, SqlError, type SqlErrorInfo } from '../sql-error.js'
import { FirstMysqlError } from './first-mysql-error.js'
import { classifyMysqlError, missingRow, toMysqlError } from './mysql-errors.js'
import { coreOf, type MysqlCore, type MysqlField, type MysqlHeader, type MysqlPoolConnection } from './mysql-port.js'

/** Values as the server has them, whatever the host has configured. */
const EXACT = { rowsAsArray: true, supportBigNumbers: true, bigNumberStrings: true, dateStrings: true } as const

/**
 * After a deadlock the server has ended the transaction, and what follows would be committed statement by statement; after
 * DDL as well. Without autocommit it can be rolled back, and the savepoint, which is gone then, shows it.
 */
const GUARD: readonly SqlStatement[] = [{ text: 'SET autocommit = 0' }, { text: 'SAVEPOINT chunkwise_guard' }]

/** One connection of the host's `mysql2` pool. Statements go one after another: the protocol has no pipeline. */
export class MysqlConnection implements SqlConnection {
  readonly client: MysqlPoolConnection
  readonly #core: MysqlCore
  readonly guard: readonly SqlStatement[] = GUARD
  readonly guardCheck: SqlStatement = { text: 'RELEASE SAVEPOINT chunkwise_guard' }
  readonly #firstError: FirstMysqlError
  readonly #onError: (error: Error) => void
  readonly #listeners = new Set<(error: Error) => void>()
  /** Who waits for an answer: a connection that is closed gives none. */
  readonly #waiting = new Set<(error: Error) => void>()
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
      } catch (error) {
        const wrapped = toMysqlError(error, index)
        if (isConnectionLost(wrapped)) this.#lose(wrapped)
        throw wrapped
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
    this.#fail(new Error('the connection was closed'))
  }

  #send({ text, values, infile }: SqlStatement): Promise<SqlResult> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined || this.#ended) {
        const cause = this.#lost ?? new Error('the connection was already given back')
        reject(new SqlError({ kind: 'connection-lost', sqlState: undefined }, cause))
        return
      }
      if (text.startsWith('SET autocommit = 0')) this.#guarded = true
      this.#waiting.add(reject)
      const done = (error: unknown, result: unknown, fields: readonly MysqlField[] | undefined): void => {
        this.#waiting.delete(reject)
        if (error === null || error === undefined) resolve(toResult(text, result, fields))
        else reject(error as Error)
      }
      const query = { sql: text, ...EXACT, ...(infile === undefined ? {} : { infileStreamFactory: infile }) }
      if (values === undefined || values.length === 0) this.#core.query(query, done)
      else this.#core.execute({ ...query, values: values.map(toWire) }, done)
    })
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    this.#fail(error)
    for (const listener of this.#listeners) listener(error)
    this.#listeners.clear()
  }

  #fail(cause: Error): void {
    for (const reject of this.#waiting) reject(new SqlError({ kind: 'connection-lost', sqlState: undefined }, cause))
    this.#waiting.clear()
  }
}

function toResult(text: string, result: unknown, fields: readonly MysqlField[] | undefined): SqlResult {
  const command = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? ''
  if (!Array.isArray(result)) {
    return { fields: [], rows: [], rowCount: (result as MysqlHeader | undefined)?.affectedRows ?? 0, command }
  }
  const rows = (result as readonly MysqlValue[][]).map((row): SqlRow => row.map(toText))
  const columns = (fields ?? []).map(({ name, columnType }) => ({ name, typeId: columnType ?? 0 }))
  return { fields: columns, rows, rowCount: rows.length, command }
}

/** What the driver gives of a column, asked for as it is here. */
type MysqlValue = string | number | bigint | Uint8Array | null | undefined

function toText(value: MysqlValue): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
}

/** Numbers as text: the driver would send them as doubles, which cannot hold every BIGINT. */
function toWire(value: SqlValue): string | Uint8Array | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (value instanceof Uint8Array) return Buffer.isBuffer(value) ? value : Buffer.from(value)
  return String(value)
}
