import { SqlError } from '../sql/sql-error.js'
import { errorChain } from '../support/error-chain.js'
import type { ManagedTransaction } from '../transaction/transaction.js'

/**
 * How far an attempt has come: its own work, telling what it has skipped, COMMIT. `'committed'`: it is done, or nobody
 * knows whether it is, so it must not be done again.
 */
export type Stage = 'write' | 'report' | 'commit' | 'committed'

/** What has come so far. */
export interface Staged {
  stage: Stage
}

/** One attempt at a piece of work that commits in one transaction. */
export class Attempt implements Staged {
  readonly transaction: ManagedTransaction
  stage: Stage = 'write'

  constructor(transaction: ManagedTransaction) {
    this.transaction = transaction
  }

  /** Whether the database says that the error passes when the work is done again. */
  isTransient(error: unknown): boolean {
    return this.transaction.isTransient?.(error) ?? isTransientSql(error)
  }
}

/** Whether an error is, or was caused by, one of the database that passes. */
export function isTransientSql(error: unknown): boolean {
  return errorChain(error).some((link) => link instanceof SqlError && link.transient)
}
