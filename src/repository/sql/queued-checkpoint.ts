import { OwnershipLostError } from '../../domain/ownership-errors.js'
import type { SqlResult, SqlStatement } from '../../sql/sql-connection.js'
import type { SqlError } from '../../sql/sql-error.js'
import { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { Transaction } from '../../transaction/transaction.js'
import type { CheckpointAnswer } from '../job-repository.js'
import type { Lease } from '../lease.js'
import { ForeignTransactionError } from '../repository-errors.js'
import type { SqlStore } from './sql-store.js'
import { repositoryError } from './sql-work.js'

/**
 * Queues a checkpoint's statements in the chunk's transaction. `lost` says why nothing was stored. Throws at once, not
 * through the promise, which is looked at after the commit only.
 */
export function queueCheckpoint(
  { database, dialect }: SqlStore,
  transaction: Transaction,
  statements: readonly SqlStatement[],
  lost: () => OwnershipLostError,
): Promise<CheckpointAnswer> {
  if (!(transaction instanceof SqlTransaction) || transaction.resource !== database.pool) {
    throw new ForeignTransactionError()
  }
  const answer = new Promise<CheckpointAnswer>((resolve, reject) => {
    const onError = (error: SqlError): Error =>
      dialect.isMissingRow(error) ? lost() : (repositoryError(error) as Error)
    for (const [index, statement] of statements.entries()) {
      const onResult = (result: SqlResult): void => resolve({ stopRequested: result.rows[0]?.at(-1) === 'STOPPING' })
      transaction.queue(statement, index === 0 ? onResult : undefined, onError)
    }
    // The answer of a commit that was only found by reading never came: the next checkpoint asks again.
    transaction.onCommit(() => resolve({ stopRequested: false }))
    transaction.onRollback(() => reject(new Error('the transaction of the checkpoint was rolled back')))
  })
  // Nobody waits for it when the commit fails.
  answer.catch(() => undefined)
  return answer
}

/** Without a cause: the database's word is "division by zero", which tells an operator nothing. */
export function checkpointLost(lease: Lease): OwnershipLostError {
  return new OwnershipLostError(lease, "its lease was taken over, or somebody else changed the step's row")
}
