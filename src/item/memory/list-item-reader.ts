import type { Json } from '../../support/json.js'
import { PositionError } from '../item-errors.js'
import type { ItemReader } from '../item-reader.js'
import type { ItemStream } from '../item-stream.js'

/**
 * Reads the items of an array, for tests. Restarts by count. Unlike a plain array as `reader`, it can be given to code
 * that calls `read` itself, and tells whether it is open.
 */
export class ListItemReader<T> implements ItemReader<T>, ItemStream {
  readonly #items: readonly T[]
  #next = 0
  #isOpen = false

  /** The items are copied. */
  constructor(items: Iterable<T>) {
    this.#items = [...items]
  }

  /** Whether the reader is open in a step now. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  open(position: Json | undefined): void {
    this.#isOpen = true
    const count = position === undefined ? 0 : (position as { readonly count?: unknown } | null)?.count
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > this.#items.length) {
      throw new PositionError('ListItemReader', position, `it is not a count of at most ${this.#items.length} items`)
    }
    this.#next = count
  }

  read(): T | null {
    return this.#next < this.#items.length ? (this.#items[this.#next++] as T) : null
  }

  readChunk(size: number): readonly T[] {
    const items = this.#items.slice(this.#next, this.#next + size)
    this.#next += items.length
    return items
  }

  total(): number {
    return this.#items.length
  }

  position(): Json {
    return { count: this.#next }
  }

  close(): void {
    this.#isOpen = false
  }
}
