import type { ExecutionContext } from '../../domain/execution-context.js'
import type { StepCounts } from '../../domain/step-counts.js'
import type { StepContext } from '../../domain/step-context.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { withCurrentTransaction } from '../../transaction/current-transaction.js'
import type { TransactionContext } from '../../transaction/transaction-context.js'
import type { ManagedTransaction } from '../../transaction/transaction.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import type { ItemKeys } from './item-keys.js'
import { StepWriteContext } from './step-write-context.js'

/** What a {@link ChunkWriter} writes with. */
export interface ChunkWriterOptions {
  readonly writer: ItemWriter<unknown>
  /** The resource of the transactions: what `currentTransaction` is asked for. */
  readonly resource: object
  readonly keys: ItemKeys
  readonly listeners: readonly ItemListener[]
}

/** A chunk whose items have all been written or left out for a reason that is counted. */
export interface SettledChunk {
  /** What the chunk adds to the step's counts when it commits. */
  readonly counts: Partial<StepCounts>
}

/** Writes what processing left of a chunk, inside a transaction that the caller ends. */
export class ChunkWriter {
  readonly #context: StepContext<unknown>
  readonly #options: ChunkWriterOptions
  readonly #beforeWrite: Notify<[items: readonly unknown[], context: TransactionContext]>
  readonly #afterWrite: Notify<[items: readonly unknown[], context: TransactionContext]>

  constructor(context: StepContext<unknown>, options: ChunkWriterOptions) {
    this.#context = context
    this.#options = options
    this.#beforeWrite = notifier(options.listeners, 'beforeWrite')
    this.#afterWrite = notifier(options.listeners, 'afterWrite')
  }

  /** Writes the chunk. What it puts into `executionContext` counts only if the transaction commits. */
  async write(
    chunk: Chunk,
    processed: ProcessedChunk,
    transaction: ManagedTransaction,
    executionContext: ExecutionContext,
  ): Promise<SettledChunk> {
    // Counted before the writer sees the array: it may empty it.
    const counts = {
      read: chunk.items.length,
      write: processed.outputs.length,
      filter: processed.filtered,
      commit: 1,
    }
    if (processed.outputs.length > 0) await this.#write(chunk, processed, transaction, executionContext)
    return { counts }
  }

  async #write(
    chunk: Chunk,
    processed: ProcessedChunk,
    transaction: ManagedTransaction,
    executionContext: ExecutionContext,
  ): Promise<void> {
    const { outputs } = processed
    const { keys, writer, resource } = this.#options
    // A writer outside the transaction may be slow: no transaction is open in the database while it works.
    if (writer.transactional === true && writer.usesClient !== false) await transaction.begin()
    const makeKeys = (): readonly string[] => keys.keys(chunk, processed)
    const context = new StepWriteContext(this.#context, transaction, executionContext, makeKeys)
    await withCurrentTransaction(resource, transaction, async () => {
      await this.#beforeWrite?.(outputs, context)
      await writer.write(outputs, context)
      await this.#afterWrite?.(outputs, context)
    })
  }
}
