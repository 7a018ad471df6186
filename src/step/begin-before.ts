import type { Deadline } from '../support/deadline.js'
import type { ManagedTransaction } from '../transaction/transaction.js'

/**
 * Begins a transaction that is destroyed when the deadline passes, whoever uses it then. It does not wait for a
 * connection any longer than that.
 */
export async function beginBefore(
  deadline: Deadline,
  begin: () => Promise<ManagedTransaction>,
): Promise<ManagedTransaction> {
  deadline.assertNotPassed()
  const beginning = begin()
  let transaction: ManagedTransaction
  try {
    transaction = await deadline.race(beginning)
  } catch (error) {
    // The pool still owes a connection.
    if (deadline.passed) void beginning.then((late) => late.rollback()).catch(() => undefined)
    throw error
  }
  const unsubscribe = deadline.onPassed(() => transaction.destroy())
  transaction.onCommit(unsubscribe)
  transaction.onRollback(unsubscribe)
  return transaction
}
