import type { ReadonlyExecutionContext } from '../../domain/execution-context.js'
import type { StepContext } from '../../domain/step-context.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { ItemContext } from '../../item/item-context.js'
import type { Logger } from '../../support/logger.js'
import type { Chunk } from './chunk.js'
import type { ItemKeys } from './item-keys.js'

/** What a processor is handed for one item. One is made per item, so it holds three fields and computes the rest. */
export class StepItemContext implements ItemContext {
  readonly #step: ItemScope
  readonly #chunk: Chunk
  readonly #index: number

  constructor(step: ItemScope, chunk: Chunk, index: number) {
    this.#step = step
    this.#chunk = chunk
    this.#index = index
  }

  get key(): string {
    return this.#step.keys.key(this.#chunk, this.#index)
  }

  get parameters(): unknown {
    return this.#step.context.parameters
  }

  get stepExecution(): StepExecution {
    return this.#step.context.stepExecution
  }

  get executionContext(): ReadonlyExecutionContext {
    return this.#step.context.executionContext
  }

  get jobExecutionContext(): ReadonlyExecutionContext {
    return this.#step.context.jobExecutionContext
  }

  get signal(): AbortSignal {
    return this.#step.context.signal
  }

  get logger(): Logger {
    return this.#step.context.logger
  }
}

/** What the items of a step share. */
export interface ItemScope {
  readonly context: StepContext<unknown>
  readonly keys: ItemKeys
}
