import type { ExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { Transaction } from '../../transaction/transaction.js'
import { StepCallContext } from '../step-call-context.js'
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
export class OutsideCallContext extends StepCallContext implements OutsideTaskletContext<unknown> {
  readonly key: string

  constructor(context: StepContext<unknown>, key: string, executionContext: ExecutionContext) {
    super(context, executionContext)
    this.key = key
  }
}
