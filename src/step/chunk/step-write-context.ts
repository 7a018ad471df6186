import type { ExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { WriteContext } from '../../item/item-context.js'
import type { Transaction } from '../../transaction/transaction.js'
import { StepTransactionContext } from '../step-transaction-context.js'

/**
 * What a writer is handed for one chunk; keys are made when first asked for. A class, not an object literal with a
 * getter: V8 would keep each literal's getter, and with it the chunk, alive in old space until a full collection.
 */
export class StepWriteContext extends StepTransactionContext implements WriteContext {
  private readonly makeKeys: () => readonly string[]
  private made: readonly string[] | undefined

  constructor(
    context: StepContext<unknown>,
    transaction: Transaction,
    executionContext: ExecutionContext,
    makeKeys: () => readonly string[],
  ) {
    super(context, transaction, executionContext)
    this.makeKeys = makeKeys
  }

  get keys(): readonly string[] {
    this.made ??= this.makeKeys()
    return this.made
  }
}
