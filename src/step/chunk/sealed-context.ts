import { BatchError } from '../../domain/batch-error.js'
import { ExecutionContext, putReserved } from '../../domain/execution-context.js'
import { quote } from '../../support/quote.js'

/**
 * A chunk that commits in any order wanted to change the step's execution context. Chunks commit side by side there, each
 * without the step's row, so that there is no one context to change.
 */
export class ContextReadOnlyError extends BatchError {
  static readonly code = 'BATCH_CONTEXT_READ_ONLY'
  readonly stepName: string
  readonly key: string

  constructor(stepName: string, key: string) {
    super(
      `a chunk of step ${quote(stepName)} cannot change ${quote(key)} in the execution context: the step commits in ` +
        "any order. Use commitOrder: 'read', or keep the value in a table of your own",
    )
    this.stepName = stepName
    this.key = key
  }
}

/** The context of a step whose chunks may only look. */
export class SealedExecutionContext extends ExecutionContext {
  readonly #stepName: string

  constructor(stepName: string, context: ExecutionContext) {
    super()
    this.#stepName = stepName
    for (const [key, value] of context.entries()) putReserved(this, key, value)
    if (!context.isDirty) this.markClean()
  }

  override put(key: string): never {
    throw new ContextReadOnlyError(this.#stepName, key)
  }

  override remove(key: string): never {
    throw new ContextReadOnlyError(this.#stepName, key)
  }

  override copy(): SealedExecutionContext {
    return new SealedExecutionContext(this.#stepName, this)
  }
}
