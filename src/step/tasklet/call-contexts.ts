import type { ExecutionContext, ReadonlyExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { Logger } from '../../support/logger.js'
import type { Transaction } from '../../transaction/transaction.js'
import { StepTransactionContext } from '../step-transaction-context.js'
import type { OutsideTaskletContext, TaskletContext } from './tasklet.js'

/** What a tasklet is handed for one call inside its transaction. */
export class InsideCallContext extends StepTransactionContext implements TaskletContext<unknown> {
  readonly key: string

  constructor(
    context: StepContext<unknown>,
    key: string,
    executionContext: ExecutionContext,
    transaction: Transaction,
  ) {
    super(context, transaction, executionContext)
    this.key = key
  }
}

/** What a tasklet is handed for one call outside of any transaction. */
export class OutsideCallContext implements OutsideTaskletContext<unknown> {
  readonly parameters: unknown
  readonly stepExecution: StepExecution
  readonly jobExecutionContext: ReadonlyExecutionContext
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly key: string
  readonly executionContext: ExecutionContext

  constructor(context: StepContext<unknown>, key: string, executionContext: ExecutionContext) {
    this.parameters = context.parameters
    this.stepExecution = context.stepExecution
    this.jobExecutionContext = context.jobExecutionContext
    this.signal = context.signal
    this.logger = context.logger
    this.key = key
    this.executionContext = executionContext
  }
}
