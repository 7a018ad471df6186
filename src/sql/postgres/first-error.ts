import type { PgWire } from './pg-port.js'

/**
 * Remembers the first error that the server answers on a connection since the last rollback, also one that user code
 * catches. Where the driver does not show its wire, it remembers nothing.
 */
export class FirstError {
  readonly #wire: PgWire | undefined
  #current: unknown
  #undone: unknown

  constructor(wire: PgWire | undefined) {
    this.#wire = wire
    wire?.on?.('errorMessage', this.#onError)
  }

  /**
   * The driver's error. Ask only for a transaction that the server has said to be aborted: the answer to its COMMIT, a
   * ROLLBACK, has just undone the error.
   */
  get error(): unknown {
    return this.#current ?? this.#undone
  }

  /** Listens no more. */
  stop(): void {
    this.#wire?.removeListener?.('errorMessage', this.#onError)
    this.#wire?.removeListener?.('commandComplete', this.#onCommand)
  }

  readonly #onError = (error: unknown): void => {
    if (this.#current !== undefined) return
    this.#current = error
    // Only from here on does a rollback matter: without an error nobody listens at each statement.
    this.#wire?.on?.('commandComplete', this.#onCommand)
  }

  readonly #onCommand = (message: unknown): void => {
    // Of everything or to a savepoint: what went wrong is undone.
    if ((message as { readonly text?: unknown }).text !== 'ROLLBACK') return
    this.#wire?.removeListener?.('commandComplete', this.#onCommand)
    this.#undone = this.#current
    this.#current = undefined
  }
}
