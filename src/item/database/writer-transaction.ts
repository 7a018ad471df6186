import { currentTransaction } from '../../transaction/current-transaction.js'
import { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import { TransactionRequiredError } from './writer-errors.js'
import type { WriterDatabase } from './writer-database.js'

/** Finds the transaction that a writer's chunk goes into. */
export class WriterTransaction {
  readonly #owner: string
  readonly #database: WriterDatabase

  constructor(owner: string, database: WriterDatabase) {
    this.#owner = owner
    this.#database = database
  }

  /**
   * Runs `work` in the chunk's transaction. A writer with another pool than the step's writes in a transaction of its
   * own, which commits before the chunk does.
   */
  run(context: WriteContext, work: (transaction: SqlTransaction) => void | Promise<void>): void | Promise<void> {
    const { pool, name, begin } = this.#database
    const transaction = pool === undefined ? context.transaction : currentTransaction(pool)
    if (transaction instanceof SqlTransaction && transaction.connection.database === name) return work(transaction)
    if (pool === undefined) throw new TransactionRequiredError(this.#owner, name)
    return runAlone(begin, work)
  }
}

async function runAlone(
  begin: () => Promise<SqlTransaction>,
  work: (transaction: SqlTransaction) => void | Promise<void>,
): Promise<void> {
  const transaction = await begin()
  try {
    await work(transaction)
    await transaction.commit()
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}
