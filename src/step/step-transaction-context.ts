import type { ExecutionContext, ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { StepContext } from '../domain/step-context.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Logger } from '../support/logger.js'
import type { Transaction } from '../transaction/transaction.js'
import type { TransactionContext } from '../transaction/transaction-context.js'

/** What user code inside a transaction of a step is handed: the step's context, and what the transaction changes. */
export class StepTransactionContext implements TransactionContext {
  readonly parameters: unknown
  readonly stepExecution: StepExecution
  readonly jobExecutionContext: ReadonlyExecutionContext
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly transaction: Transaction
  readonly executionContext: ExecutionContext

  constructor(context: StepContext<unknown>, transaction: Transaction, executionContext: ExecutionContext) {
    this.parameters = context.parameters
    this.stepExecution = context.stepExecution
    this.jobExecutionContext = context.jobExecutionContext
    this.signal = context.signal
    this.logger = context.logger
    this.transaction = transaction
    this.executionContext = executionContext
  }
}
