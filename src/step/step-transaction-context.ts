import type { ExecutionContext } from '../domain/execution-context.js'
import type { StepContext } from '../domain/step-context.js'
import type { Transaction } from '../transaction/transaction.js'
import type { TransactionContext } from '../transaction/transaction-context.js'
import { StepCallContext } from './step-call-context.js'

/** What user code inside a transaction of a step is handed: the step's context, and what the transaction changes. */
export class StepTransactionContext extends StepCallContext implements TransactionContext {
  readonly transaction: Transaction

  constructor(context: StepContext<unknown>, transaction: Transaction, executionContext: ExecutionContext) {
    super(context, executionContext)
    this.transaction = transaction
  }
}
