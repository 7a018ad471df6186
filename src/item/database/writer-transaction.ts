import type { PgPool } from '../../sql/postgres/pg-port.js'
import { currentTransaction } from '../../transaction/current-transaction.js'
import { PostgresTransactionManager } from '../../transaction/postgres-transaction-manager.js'
import { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import { TransactionRequiredError } from './writer-errors.js'

/** Finds the transaction that a writer's chunk goes into. */
export class WriterTransaction {
  readonly #owner: string
  readonly #pool: PgPool | undefined

  constructor(owner: string, pool: PgPool | undefined) {
    this.#owner = owner
    this.#pool = pool
  }

  /**
   * Runs `work` in the chunk's transaction. A writer with another pool than the step's writes in a transaction of its
   * own, which commits before the chunk does.
   */
  run(context: WriteContext, work: (transaction: SqlTransaction) => void | Promise<void>): void | Promise<void> {
    const pool = this.#pool
    const transaction = pool === undefined ? context.transaction : currentTransaction(pool)
    if (transaction instanceof SqlTransaction) return work(transaction)
    if (pool === undefined) throw new TransactionRequiredError(this.#owner)
    return runAlone(pool, work)
  }
}

async function runAlone(pool: PgPool, work: (transaction: SqlTransaction) => void | Promise<void>): Promise<void> {
  const transaction = await new PostgresTransactionManager({ pool }).begin()
  try {
    await work(transaction)
    await transaction.commit()
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
