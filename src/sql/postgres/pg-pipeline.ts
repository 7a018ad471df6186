import type { SqlField, SqlResult, SqlRow, SqlStatement, SqlValue } from '../sql-connection.js'
import type { PgConnection, PgField, PgSubmittable } from './pg-port.js'
import { toSqlError } from './postgres-errors.js'

/**
 * Several statements in one round trip: all are sent, then one Sync. When one fails the server skips the rest up to the
 * Sync, so what stands behind a check, such as a COMMIT behind the checkpoint, runs only if the check passed.
 */
export class PgPipeline implements PgSubmittable {
  callback?: (error: unknown, result?: unknown) => void
  readonly #statements: readonly SqlStatement[]
  readonly #resolve: (results: readonly SqlResult[]) => void
  readonly #reject: (error: unknown) => void
  readonly #results: SqlResult[] = []
  #fields: readonly SqlField[] = []
  #rows: SqlRow[] = []
  #done = false

  constructor(
    statements: readonly SqlStatement[],
    resolve: (results: readonly SqlResult[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#statements = statements
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: PgConnection): null {
    connection.stream.cork?.()
    try {
      for (const statement of this.#statements) {
        connection.parse({ text: statement.text })
        connection.bind({ values: (statement.values ?? []).map(toWire) })
        connection.describe({ type: 'P' })
        connection.execute()
        // Sent without waiting for the server's word that it is ready: should COPY fail, it ignores them.
        if (statement.copyData !== undefined) {
          for (const data of statement.copyData) connection.sendCopyFromChunk(data)
          connection.endCopyFrom()
        }
      }
      connection.sync()
    } finally {
      connection.stream.uncork?.()
    }
    return null
  }

  handleRowDescription(message: { readonly fields: readonly PgField[] }): void {
    this.#fields = message.fields.map(toField)
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    this.#rows.push(message.fields)
  }

  handleCommandComplete(message: { readonly text: string }): void {
    const words = message.text.split(' ')
    const last = Number(words.at(-1))
    const rowCount = words.length > 1 && Number.isInteger(last) ? last : 0
    this.#results.push({ fields: this.#fields, rows: this.#rows, rowCount, command: words[0] ?? '' })
    this.#fields = []
    this.#rows = []
  }

  handleEmptyQuery(): void {
    this.#results.push({ fields: [], rows: [], rowCount: 0, command: '' })
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: PgConnection): void {
    if (this.#statements[this.#results.length]?.copyData === undefined) connection.sendCopyFail('no rows were given')
  }

  handleCopyData(): void {}

  handleReadyForQuery(): void {
    if (this.#done) return
    this.#done = true
    this.callback?.(null, this.#results)
    this.#resolve(this.#results)
  }

  handleError(error: unknown): void {
    if (this.#done) return
    this.#done = true
    this.callback?.(error)
    this.#reject(toSqlError(error, this.#results.length))
  }
}

/** What the driver says of a column, in the port's words. */
export function toField(field: PgField): SqlField {
  return { name: field.name, typeId: field.dataTypeID, tableId: field.tableID, columnId: field.columnID }
}

/** The text form of a bound value; bytes go as they are. */
function toWire(value: SqlValue): string | Uint8Array | null {
  if (value === null || typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.isBuffer(value) ? value : Buffer.from(value)
  return String(value)
}
