import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'

/**
 * Keeps what is written in an array, for tests. Joins the chunk's transaction: items of a chunk that is rolled back are
 * taken out again.
 */
export class ListItemWriter<T> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly #chunks: (readonly T[])[] = []

  /** All items whose chunk has not been rolled back, in the order of their chunks. */
  get items(): readonly T[] {
    return this.#chunks.flat()
  }

  /** The same, chunk by chunk. */
  get chunks(): readonly (readonly T[])[] {
    return [...this.#chunks]
  }

  write(items: readonly T[], context: Pick<WriteContext, 'transaction'>): void {
    const chunk = [...items]
    // First, because it fails when the transaction has ended.
    context.transaction.onRollback(() => {
      const index = this.#chunks.indexOf(chunk)
      if (index >= 0) this.#chunks.splice(index, 1)
    })
    this.#chunks.push(chunk)
  }
}
