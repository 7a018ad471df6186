import type { ExecutionContext, ReadonlyExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { WriteContext } from '../../item/item-context.js'
import type { Logger } from '../../support/logger.js'
import type { Transaction } from '../../transaction/transaction.js'

/**
 * What a writer is handed for one chunk; keys are made when first asked for. A class, not an object literal with a
 * getter: V8 would keep each literal's getter, and with it the chunk, alive in old space until a full collection.
 */
export class StepWriteContext implements WriteContext {
  readonly parameters: unknown
  readonly stepExecution: StepExecution
  readonly jobExecutionContext: ReadonlyExecutionContext
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly transaction: Transaction
  readonly executionContext: ExecutionContext
  private readonly makeKeys: () => readonly string[]
  private made: readonly string[] | undefined

  constructor(
    context: StepContext<unknown>,
    transaction: Transaction,
    executionContext: ExecutionContext,
    makeKeys: () => readonly string[],
  ) {
    this.parameters = context.parameters
    this.stepExecution = context.stepExecution
    this.jobExecutionContext = context.jobExecutionContext
    this.signal = context.signal
    this.logger = context.logger
    this.transaction = transaction
    this.executionContext = executionContext
    this.makeKeys = makeKeys
  }

  get keys(): readonly string[] {
    this.made ??= this.makeKeys()
    return this.made
  }
}
