import type { PgConnection, PgSubmittable } from './pg-port.js'
import { toSqlError } from './postgres-errors.js'

/** `COPY … FROM STDIN`: the data goes out when the server says it is ready for it. */
export class PgCopyIn implements PgSubmittable {
  callback?: (error: unknown, result?: unknown) => void
  readonly #statement: string
  readonly #data: Iterable<Uint8Array>
  readonly #resolve: (rowCount: number) => void
  readonly #reject: (error: unknown) => void
  #rowCount = 0
  #failure: { readonly error: unknown } | undefined
  #done = false

  constructor(
    statement: string,
    data: Iterable<Uint8Array>,
    resolve: (rowCount: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#statement = statement
    this.#data = data
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: PgConnection): null {
    connection.query(this.#statement)
    return null
  }

  handleCopyInResponse(connection: PgConnection): void {
    connection.stream.cork?.()
    try {
      for (const chunk of this.#data) connection.sendCopyFromChunk(chunk)
      connection.endCopyFrom()
    } catch (error) {
      // An error of the encoder is the one to report, not the server's answer to the aborted COPY.
      this.#failure = { error }
      connection.sendCopyFail('the rows could not be encoded')
    } finally {
      connection.stream.uncork?.()
    }
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rowCount = Number(message.text.split(' ')[1] ?? 0)
  }

  handleReadyForQuery(): void {
    if (this.#done) return
    this.#done = true
    this.callback?.(null, this.#rowCount)
    this.#resolve(this.#rowCount)
  }

  handleError(error: unknown): void {
    if (this.#done) return
    this.#done = true
    this.callback?.(error)
    this.#reject(this.#failure === undefined ? toSqlError(error, 0) : this.#failure.error)
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
}
