import type { ReadonlyExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { ItemContext } from '../../item/item-context.js'
import type { Deadline } from '../../support/deadline.js'
import type { Logger } from '../../support/logger.js'
import type { Chunk } from './chunk.js'
import type { ItemKeys } from './item-keys.js'

/** What a processor is handed for one item. One is made per item, so it holds three fields and computes the rest. */
export class StepItemContext implements ItemContext {
  // Not `#private`: those cost a multiple, once per item.
  private readonly scope: ItemScope
  private readonly chunk: Chunk
  private readonly index: number

  constructor(scope: ItemScope, chunk: Chunk, index: number) {
    this.scope = scope
    this.chunk = chunk
    this.index = index
  }

  get key(): string {
    return this.scope.keys.key(this.chunk, this.index)
  }

  get parameters(): unknown {
    return this.scope.context.parameters
  }

  get stepExecution(): StepExecution {
    return this.scope.context.stepExecution
  }

  get executionContext(): ReadonlyExecutionContext {
    return this.scope.context.executionContext
  }

  get jobExecutionContext(): ReadonlyExecutionContext {
    return this.scope.context.jobExecutionContext
  }

  get signal(): AbortSignal {
    return this.scope.context.signal
  }

  get logger(): Logger {
    return this.scope.context.logger
  }
}

/** What the items of a step share. */
export interface ItemScope {
  readonly context: StepContext<unknown>
  readonly keys: ItemKeys
  /** No item is begun once it has passed. */
  readonly deadline: Deadline
}
