import type { SqlConnection, SqlResult, SqlStatement } from '../sql/sql-connection.js'
import { isConnectionLost, isTransientKind, SqlError } from '../sql/sql-error.js'
import { errorChain } from '../support/error-chain.js'
import { CommitOutcomeUnknownError, SwallowedSqlError, TransactionEndedError } from './transaction-errors.js'
import type { ManagedTransaction } from './transaction.js'

/** PostgreSQL refuses a statement because an earlier one of the transaction has failed. */
const ABORTED = '25P02'

interface Queued {
  readonly statement: SqlStatement
  readonly onResult: ((result: SqlResult) => void) | undefined
  readonly onError: ((error: SqlError) => Error) | undefined
}

/**
 * A transaction on one connection. Statements whose answer nobody waits for are queued and travel with the next one that
 * is awaited: BEGIN with the first statement, the checkpoint with COMMIT. An error of a queued statement comes out of
 * the next call, at the latest of `commit`.
 */
export class SqlTransaction implements ManagedTransaction {
  /** The pool that the connection is of. */
  readonly resource: object
  readonly #connection: SqlConnection
  readonly #committed: (() => void)[] = []
  readonly #rolledBack: (() => void)[] = []
  readonly #constraintChecks: readonly SqlStatement[]
  readonly #beginning: number
  #queue: Queued[]
  /** How many of the queue's first statements cannot fail: BEGIN, the end of a savepoint. */
  #harmless: number
  #savepoints = 0
  #guarded = false
  #sent: Promise<unknown> | undefined
  #begun = false
  #committing = false
  #resolved = false
  #lost: Error | undefined
  #ended = false

  /** `constraintChecks` makes the database check what it would check at COMMIT. */
  constructor(
    connection: SqlConnection,
    begin: readonly SqlStatement[],
    resource: object,
    constraintChecks: readonly SqlStatement[] = [],
  ) {
    this.resource = resource
    this.#connection = connection
    this.#constraintChecks = constraintChecks
    this.#beginning = begin.length
    this.#harmless = begin.length
    this.#queue = begin.map((statement) => ({ statement, onResult: undefined, onError: undefined }))
    connection.onLost((error) => (this.#lost = error))
  }

  /** The driver's connection. What is queued is sent first, so that what the user sends comes after it. */
  get client(): unknown {
    this.#assertOpen()
    this.#guard()
    this.sendAhead()
    return this.#connection.client
  }

  /** Sends what is queued and waits for no answer: an error comes out of the next call on this transaction. */
  sendAhead(): void {
    if (this.#queue.length === 0) return
    const sent = Promise.all([this.#sent, this.#send(true)])
    sent.catch(() => undefined)
    this.#sent = sent
  }

  /** The connection itself, for writers that speak the port. Send what is queued first: see {@link flush}. */
  get connection(): SqlConnection {
    this.#assertOpen()
    return this.#connection
  }

  /**
   * Queues a statement. `onResult` is called with its answer when it has come. When this very statement fails,
   * `onError` says which error that is; without it, it is the `SqlError`.
   */
  queue(statement: SqlStatement, onResult?: (result: SqlResult) => void, onError?: (error: SqlError) => Error): void {
    this.#assertOpen()
    this.#queue.push({ statement, onResult, onError })
  }

  /** Sends what is queued and this statement together, and resolves with its answer. */
  async execute(statement: SqlStatement): Promise<SqlResult> {
    await this.#settle()
    this.queue(statement)
    const results = await this.#send()
    return results.at(-1) as SqlResult
  }

  begin(): Promise<void> {
    return this.flush()
  }

  /** Sends what is queued. */
  async flush(): Promise<void> {
    await this.#settle()
    if (this.#queue.length > 0) await this.#send()
  }

  onCommit(effect: () => void): void {
    this.#committed.push(effect)
  }

  onRollback(effect: () => void): void {
    this.#rolledBack.push(effect)
  }

  async commit(): Promise<void> {
    try {
      await this.#settle()
      if (this.#begun || this.#queue.length > this.#beginning) await this.#sendCommit()
    } catch (error) {
      if (error instanceof CommitOutcomeUnknownError) this.#end(true)
      else {
        await this.rollback()
        this.resolve(false)
      }
      throw error
    }
    this.#end(false)
    this.resolve(true)
  }

  async rollback(): Promise<void> {
    if (this.#ended) return
    this.#queue = []
    try {
      await this.#sent?.catch(() => undefined)
      if (this.#begun && this.#lost === undefined) await this.#connection.run([{ text: 'ROLLBACK' }])
      this.#end(false)
    } catch {
      // Closing the connection rolls back as well.
      this.#end(true)
    }
    this.resolve(false)
  }

  destroy(): void {
    if (this.#ended) return
    this.#end(true)
    // Who has sent COMMIT learns that its outcome is unknown, and reads it.
    if (!this.#committing) this.resolve(false)
  }

  /** Only the first call counts. */
  resolve(committed: boolean): void {
    if (this.#resolved) return
    this.#resolved = true
    for (const effect of committed ? this.#committed : this.#rolledBack.toReversed()) effect()
  }

  async savepoint<T>(work: () => Promise<T>, options: { readonly checkConstraints?: boolean } = {}): Promise<T> {
    // What came before must not fail in the name of this work.
    if (this.#queue.length > this.#harmless) await this.flush()
    const name = `chunkwise_${++this.#savepoints}`
    this.queue({ text: `SAVEPOINT ${name}` })
    const mark = this.#queue.at(-1) as Queued
    const [committed, rolledBack, guarded] = [this.#committed.length, this.#rolledBack.length, this.#guarded]
    try {
      const result = await work()
      await this.#release(name, mark, options.checkConstraints === true ? this.#constraintChecks : [], guarded)
      return result
    } catch (error) {
      await this.#rollbackTo(name, mark, guarded)
      this.#committed.length = committed
      for (const effect of this.#rolledBack.splice(rolledBack).toReversed()) effect()
      throw error
    }
  }

  isTransient(error: unknown): boolean {
    if (this.#lost !== undefined) return true
    return errorChain(error).some((link) => {
      if (link instanceof SqlError) return link.transient
      // Only the database's own answers: a socket that some other service has closed is none.
      const info = this.#connection.classify?.(link)
      return info?.sqlState !== undefined && isTransientKind(info.kind)
    })
  }

  /** Sends what the work has queued, and the end of its savepoint with it. */
  async #release(name: string, mark: Queued, checks: readonly SqlStatement[], guarded: boolean): Promise<void> {
    await this.#settle()
    if (this.#queue.at(-1) === mark) {
      // It sent nothing: the database need not know.
      this.#queue.pop()
      return
    }
    for (const statement of [...checks, { text: `RELEASE SAVEPOINT ${name}` }, ...this.#again(guarded)]) {
      this.queue(statement)
    }
    await this.#send()
  }

  /** Undoes what was sent since the savepoint, with the next statement; what was not sent is dropped. */
  async #rollbackTo(name: string, mark: Queued, guarded: boolean): Promise<void> {
    await this.#sent?.catch(() => undefined)
    this.#sent = undefined
    if (this.#ended || this.#lost !== undefined) return
    const unsent = this.#queue.indexOf(mark)
    if (unsent >= 0) {
      this.#queue.length = unsent
      return
    }
    this.#queue = []
    this.queue({ text: `ROLLBACK TO SAVEPOINT ${name}` })
    this.queue({ text: `RELEASE SAVEPOINT ${name}` })
    for (const statement of this.#again(guarded)) this.queue(statement)
    this.#harmless = this.#queue.length
  }

  async #sendCommit(): Promise<void> {
    // Nothing of a COMMIT that was never sent can be done.
    if (this.#lost !== undefined) {
      throw new SqlError({ kind: 'connection-lost', sqlState: undefined }, this.#lost)
    }
    await this.#checkGuard()
    this.queue({ text: 'COMMIT' })
    this.#committing = true
    let results: readonly SqlResult[]
    try {
      results = await this.#send()
    } catch (error) {
      throw isConnectionLost(error) ? new CommitOutcomeUnknownError(error) : error
    }
    // PostgreSQL answers ROLLBACK to the COMMIT of an aborted transaction, without an error.
    if (results.at(-1)?.command !== 'COMMIT') throw new SwallowedSqlError({ cause: this.#connection.firstError })
  }

  /** From now on user code may send what ends the transaction, or catch an error that has ended it. */
  #guard(): void {
    if (this.#guarded) return
    this.#guarded = true
    for (const statement of this.#again(false)) this.queue(statement)
  }

  /** A guard that was set since a savepoint ends with it, and is set again. */
  #again(guarded: boolean): readonly SqlStatement[] {
    return this.#guarded && !guarded ? (this.#connection.guard ?? []) : []
  }

  async #checkGuard(): Promise<void> {
    const { guardCheck } = this.#connection
    if (guardCheck === undefined) return
    // The end of a savepoint may still be to be sent: it undoes an error.
    if (this.#begun && this.#harmless > 0) await this.#send()
    const { swallowed } = this.#connection
    if (swallowed !== undefined) throw new SwallowedSqlError({ cause: swallowed })
    if (this.#guarded) this.queue(guardCheck, undefined, (error) => new TransactionEndedError({ cause: error }))
  }

  /** Waits for what the `client` getter has sent, and throws its error. */
  async #settle(): Promise<void> {
    this.#assertOpen()
    const sent = this.#sent
    this.#sent = undefined
    if (sent !== undefined) await sent
  }

  async #send(ahead = false): Promise<readonly SqlResult[]> {
    const queued = this.#queue
    this.#queue = []
    this.#harmless = 0
    this.#begun = true
    try {
      const statements = queued.map((entry) => entry.statement)
      const sent = ahead ? this.#connection.runAhead?.(statements) : undefined
      const results = await (sent ?? this.#connection.run(statements))
      queued.forEach((entry, index) => entry.onResult?.(results[index] as SqlResult))
      return results
    } catch (error) {
      throw error instanceof SqlError ? this.#meaning(error, queued) : error
    }
  }

  /** What the failure of a batch means to the one who queued the statement that failed. */
  #meaning(error: SqlError, queued: readonly Queued[]): Error {
    if (isConnectionLost(error)) return error
    if (error.sqlState === ABORTED) return new SwallowedSqlError({ cause: this.#connection.firstError ?? error })
    return queued[error.statementIndex ?? -1]?.onError?.(error) ?? error
  }

  #assertOpen(): void {
    if (this.#ended) throw new TransactionEndedError()
  }

  #end(destroy: boolean): void {
    if (this.#ended) return
    this.#ended = true
    if (destroy || this.#lost !== undefined) this.#connection.destroy()
    else this.#connection.release()
  }
}
