import { isThenable } from '../support/thenable.js'
import type { Json } from '../support/json.js'
import { PositionError } from './item-errors.js'
import type { ItemReader } from './item-reader.js'
import type { ItemStream } from './item-stream.js'

/**
 * Reads an Iterable or AsyncIterable. Restarts by count: it iterates again from the beginning and drops the items that
 * were committed, so the items must come in the same order. An array is continued where it was, without dropping.
 */
export class IterableItemReader<T> implements ItemReader<T>, ItemStream {
  readonly #source: Iterable<T> | AsyncIterable<T>
  #iterator: Iterator<T> | AsyncIterator<T> | undefined
  #count = 0
  #ended = false
  #failure: { readonly error: unknown } | undefined

  constructor(source: Iterable<T> | AsyncIterable<T>) {
    this.#source = source
  }

  async open(position: Json | undefined): Promise<void> {
    const count = position === undefined ? 0 : countOf(position)
    this.#count = count
    this.#ended = false
    this.#failure = undefined
    if (!Array.isArray(this.#source)) return this.#drop(count)
    if (count > this.#source.length) this.#refuse(count, this.#source.length)
  }

  /** Iterates over the items that were committed. */
  async #drop(count: number): Promise<void> {
    const iterator = iteratorOf(this.#source)
    this.#iterator = iterator
    for (let dropped = 0; dropped < count; dropped++) {
      const result = iterator.next()
      const { done } = isThenable(result) ? await result : result
      if (done !== true) continue
      this.#ended = true
      this.#refuse(count, dropped)
    }
  }

  #refuse(count: number, length: number): never {
    throw new PositionError('the iterable', { count }, `it has only ${length} items now`)
  }

  read(): T | null | Promise<T | null> {
    const items = this.readChunk(1)
    return isThenable(items) ? items.then(firstOf) : firstOf(items)
  }

  readChunk(size: number): readonly T[] | Promise<readonly T[]> {
    if (Array.isArray(this.#source)) {
      const items = (this.#source as readonly T[]).slice(this.#count, this.#count + size)
      this.#count += items.length
      return items
    }
    try {
      if (this.#failure !== undefined) throw this.#failure.error
      const items = this.#pull(size, [])
      return isThenable(items) ? items.then(undefined, (error: unknown) => this.#break(error)) : items
    } catch (error) {
      return this.#break(error)
    }
  }

  /** Known of arrays, sets and maps. */
  total(): number | undefined {
    const { length, size } = this.#source as { readonly length?: unknown; readonly size?: unknown }
    if (Array.isArray(this.#source)) return length as number
    return typeof size === 'number' ? size : undefined
  }

  /** An iterator that has thrown is over. */
  get isBroken(): boolean {
    return this.#failure !== undefined
  }

  position(): Json {
    return { count: this.#count }
  }

  async close(): Promise<void> {
    const iterator = this.#iterator
    this.#iterator = undefined
    if (!this.#ended) await iterator?.return?.()
  }

  /** Pulls values as they come, and turns to promises only when the iterator does. */
  #pull(size: number, items: T[]): readonly T[] | Promise<readonly T[]> {
    const iterator = this.#iterator
    if (iterator === undefined || this.#ended) return items
    while (items.length < size) {
      const result = iterator.next()
      if (isThenable(result)) return this.#pullAsync(result as Promise<IteratorResult<T>>, size, items)
      if (!this.#take(result, items)) break
    }
    return items
  }

  async #pullAsync(first: Promise<IteratorResult<T>>, size: number, items: T[]): Promise<readonly T[]> {
    let result = await first
    while (this.#take(result, items) && items.length < size && this.#iterator !== undefined) {
      result = await this.#iterator.next()
    }
    return items
  }

  #break(error: unknown): never {
    this.#failure ??= { error }
    throw error
  }

  #take(result: IteratorResult<T>, items: T[]): boolean {
    if (result.done === true) {
      this.#ended = true
      return false
    }
    items.push(result.value)
    this.#count++
    return true
  }
}

function iteratorOf<T>(source: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]()
  return source[Symbol.iterator]()
}

function countOf(position: Json): number {
  const count = (position as { readonly count?: unknown } | null)?.count
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count
  throw new PositionError('the iterable', position, 'it is not a count of items; was the reader another one before?')
}

function firstOf<T>(items: readonly T[]): T | null {
  return items.length === 0 ? null : (items[0] as T)
}
