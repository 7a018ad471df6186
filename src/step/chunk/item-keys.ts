import type { StepExecution } from '../../domain/step-execution.js'
import { isKeyedItemReader, type ItemReader } from '../../item/item-reader.js'
import { stepKeyPrefix } from '../step-key.js'
import type { Chunk, ProcessedChunk } from './chunk.js'

/** Names items for idempotency: job instance, step with its pass, and the item's sort key, or its number without one. */
export class ItemKeys {
  readonly #prefix: string
  readonly #itemKey: ((items: readonly unknown[], index: number) => string) | undefined

  constructor({ jobInstanceId, stepName, executionContext }: StepExecution, reader: ItemReader<unknown>) {
    this.#prefix = stepKeyPrefix(jobInstanceId, stepName, executionContext)
    if (isKeyedItemReader(reader)) this.#itemKey = (items, index) => reader.itemKey(items, index)
  }

  /** The key of one item of a chunk. */
  key(chunk: Chunk, index: number): string {
    return this.keyAt(this.position(chunk, index))
  }

  /** What tells an item from the others of its step: the last part of its key. */
  position(chunk: Chunk, index: number): string {
    return chunk.keys?.[index] ?? this.#itemKey?.(chunk.items, index) ?? String(chunk.start + index)
  }

  /** The key of the item at a position. */
  keyAt(position: string): string {
    return this.#prefix + position
  }

  /** The keys of a chunk's outputs, in their order. */
  keys(chunk: Chunk, processed: ProcessedChunk): readonly string[] {
    return processed.outputs.map((_, index) => this.key(chunk, processed.sources?.[index] ?? index))
  }
}
