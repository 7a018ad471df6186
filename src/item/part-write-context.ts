import type { WriteContext } from './item-context.js'

/** The context of a chunk for some of its items. Keys are picked when first asked for. */
export class PartWriteContext implements WriteContext {
  readonly parameters: unknown
  readonly stepExecution: WriteContext['stepExecution']
  readonly executionContext: WriteContext['executionContext']
  readonly jobExecutionContext: WriteContext['jobExecutionContext']
  readonly signal: AbortSignal
  readonly logger: WriteContext['logger']
  readonly transaction: WriteContext['transaction']
  readonly #context: WriteContext
  readonly #indices: readonly number[]
  #keys: readonly string[] | undefined

  /** `indices` are those of its items among the chunk's. */
  constructor(context: WriteContext, indices: readonly number[]) {
    this.parameters = context.parameters
    this.stepExecution = context.stepExecution
    this.executionContext = context.executionContext
    this.jobExecutionContext = context.jobExecutionContext
    this.signal = context.signal
    this.logger = context.logger
    this.transaction = context.transaction
    this.#context = context
    this.#indices = indices
  }

  get keys(): readonly string[] {
    this.#keys ??= this.#indices.map((index) => this.#context.keys[index] as string)
    return this.#keys
  }
}
