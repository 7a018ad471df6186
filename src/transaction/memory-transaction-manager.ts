import { TransactionEndedError } from './transaction-errors.js'
import type { ManagedTransaction, TransactionManager } from './transaction.js'

/**
 * Transactions over this process's memory: what joins them through `onCommit` and `onRollback` takes effect or is
 * undone. The in-memory repository uses it.
 */
export class MemoryTransactionManager implements TransactionManager {
  readonly resource: object = this

  begin(): Promise<MemoryTransaction> {
    return Promise.resolve(new MemoryTransaction())
  }
}

/** A transaction over memory. */
export class MemoryTransaction implements ManagedTransaction {
  readonly client = undefined
  readonly #checks: (() => void)[] = []
  readonly #committed: (() => void)[] = []
  readonly #rolledBack: (() => void)[] = []
  #ended = false

  /** Calls `check` first thing in `commit`: if it throws, nothing takes effect. */
  beforeCommit(check: () => void): void {
    this.#assertOpen()
    this.#checks.push(check)
  }

  onCommit(effect: () => void): void {
    this.#assertOpen()
    this.#committed.push(effect)
  }

  onRollback(effect: () => void): void {
    this.#assertOpen()
    this.#rolledBack.push(effect)
  }

  async begin(): Promise<void> {}

  async commit(): Promise<void> {
    this.#assertOpen()
    for (const check of this.#checks) check()
    this.resolve(true)
  }

  async rollback(): Promise<void> {
    this.resolve(false)
  }

  destroy(): void {
    this.resolve(false)
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const [checks, committed, rolledBack] = [this.#checks.length, this.#committed.length, this.#rolledBack.length]
    try {
      return await work()
    } catch (error) {
      this.#checks.length = checks
      this.#committed.length = committed
      for (const effect of this.#rolledBack.splice(rolledBack).toReversed()) effect()
      throw error
    }
  }

  /** Does nothing once the transaction has ended. */
  resolve(committed: boolean): void {
    if (this.#ended) return
    for (const effect of committed ? this.#committed : this.#rolledBack.toReversed()) effect()
    this.#ended = true
  }

  #assertOpen(): void {
    if (this.#ended) throw new TransactionEndedError()
  }
}
