import { isKeyedItemReader, type ItemReader } from '../../item/item-reader.js'
import type { Chunk, ProcessedChunk } from './chunk.js'

/** Names items for idempotency: job instance, step and the item's sort key, or its number where it has none. */
export class ItemKeys {
  readonly #prefix: string
  readonly #itemKey: ((items: readonly unknown[], index: number) => string) | undefined

  constructor(jobInstanceId: number, stepName: string, reader: ItemReader<unknown>) {
    this.#prefix = `${jobInstanceId}:${stepName}:`
    if (isKeyedItemReader(reader)) this.#itemKey = (items, index) => reader.itemKey(items, index)
  }

  /** The key of one item of a chunk. */
  key(chunk: Chunk, index: number): string {
    return this.#prefix + (this.#itemKey?.(chunk.items, index) ?? String(chunk.start + index))
  }

  /** The keys of a chunk's outputs, in their order. */
  keys(chunk: Chunk, processed: ProcessedChunk): readonly string[] {
    return processed.outputs.map((_, index) => this.key(chunk, processed.sources?.[index] ?? index))
  }
}
