import type { SqlConnection, SqlResult, SqlStatement } from '../sql-connection.js'
import { isConnectionLost, SqlError, type SqlErrorInfo } from '../sql-error.js'
import { FirstError } from './first-error.js'
import { PgPipeline } from './pg-pipeline.js'
import type { PgPoolClient } from './pg-port.js'
import { classifyPostgresError } from './postgres-errors.js'

/** One connection of the host's `pg` pool. */
export class PostgresConnection implements SqlConnection {
  readonly database = 'PostgreSQL'
  readonly client: PgPoolClient
  readonly #onError: (error: Error) => void
  readonly #firstError: FirstError
  readonly #listeners: ((error: Error) => void)[] = []
  #lost: Error | undefined
  #ended = false

  constructor(client: PgPoolClient) {
    this.client = client
    // Without a listener the loss of a connection would be an uncaught exception in the host.
    this.#onError = (error) => this.#lose(error)
    client.on('error', this.#onError)
    this.#firstError = new FirstError(client.connection)
  }

  get firstError(): unknown {
    return this.#firstError.error
  }

  classify(error: unknown): SqlErrorInfo {
    return classifyPostgresError(error)
  }

  run(statements: readonly SqlStatement[]): Promise<readonly SqlResult[]> {
    return this.#submit((resolve, reject) => this.client.query(new PgPipeline(statements, resolve, reject)))
  }

  showName(name: string): readonly SqlStatement[] {
    return [{ text: "SELECT set_config('application_name', $1, true)", values: [name] }]
  }

  onLost(listener: (error: Error) => void): void {
    if (this.#lost === undefined) this.#listeners.push(listener)
    else listener(this.#lost)
  }

  release(): void {
    this.#end(this.#lost !== undefined)
  }

  destroy(): void {
    this.#end(true)
  }

  #submit<T>(send: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#lost !== undefined || this.#ended) {
        reject(
          new SqlError(
            { kind: 'connection-lost', sqlState: undefined },
            this.#lost ?? new Error('the connection was already given back'),
          ),
        )
        return
      }
      send(resolve, (error) => {
        if (isConnectionLost(error)) this.#lose(error as Error)
        reject(error as Error)
      })
    })
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    for (const listener of this.#listeners.splice(0)) listener(error)
  }

  #end(destroy: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#firstError.stop()
    if (destroy) {
      // The listener stays: a dying socket may still report an error.
      this.client.release(true)
      // The driver only says goodbye, and gives the place away when it is answered: a half-open socket never answers.
      this.client.connection?.stream?.destroy?.()
      return
    }
    this.client.removeListener('error', this.#onError)
    this.client.release()
  }
}
