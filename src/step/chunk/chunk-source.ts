import { ReaderContractError } from '../../item/item-errors.js'
import type { ReadContext } from '../../item/item-context.js'
import type { ItemReader } from '../../item/item-reader.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import { isThenable } from '../../support/thenable.js'
import type { Chunk } from './chunk.js'

/** What a {@link ChunkSource} reads from, and how. */
export interface ChunkSourceOptions {
  readonly reader: ItemReader<unknown>
  readonly chunkSize: number
  /** How many items earlier executions have read. */
  readonly start: number
  readonly context: ReadContext
  readonly listeners: readonly ItemListener[]
}

/** Fills chunks one after another: the single loop that makes any reader safe in a concurrent step. */
export class ChunkSource {
  readonly #reader: ItemReader<unknown>
  readonly #stream: ItemStream | undefined
  readonly #chunkSize: number
  readonly #context: ReadContext
  readonly #afterRead: Notify<[item: unknown]>
  readonly #onReadError: Notify<[error: unknown]>
  #start: number
  #index = 0
  #ended = false

  constructor(options: ChunkSourceOptions) {
    this.#reader = options.reader
    this.#stream = isItemStream(options.reader) ? options.reader : undefined
    this.#chunkSize = options.chunkSize
    this.#start = options.start
    this.#context = options.context
    this.#afterRead = notifier(options.listeners, 'afterRead')
    this.#onReadError = notifier(options.listeners, 'onReadError')
  }

  /** Whether the reader has said that there is nothing more. */
  get ended(): boolean {
    return this.#ended
  }

  /** The next chunk, or `undefined` at the end of the input. */
  async next(): Promise<Chunk | undefined> {
    if (this.#ended) return undefined
    const items = await this.#fill()
    if (items.length === 0) {
      this.#ended = true
      return undefined
    }
    const chunk = { index: this.#index, items, start: this.#start, position: this.#stream?.position() }
    this.#index++
    this.#start += items.length
    return chunk
  }

  async #fill(): Promise<readonly unknown[]> {
    try {
      const read = this.#reader.readChunk === undefined ? this.#readItems() : this.#readChunk()
      const items = isThenable(read) ? await read : read
      if (this.#afterRead !== undefined) for (const item of items) await this.#afterRead(item)
      return items
    } catch (error) {
      const tell = this.#onReadError
      return reportFailure(error, tell && (() => tell(error)))
    }
  }

  async #readChunk(): Promise<readonly unknown[]> {
    const read = this.#reader.readChunk?.(this.#chunkSize, this.#context)
    const items = isThenable(read) ? await read : read
    if (!Array.isArray(items)) this.#refuse(items, 'an array of items from `readChunk`')
    if (items.length > this.#chunkSize) {
      this.#refuse(items.length, `at most ${this.#chunkSize} items from \`readChunk\``)
    }
    if (items.includes(undefined)) this.#refuse(undefined, 'items only, from `readChunk`')
    if (items.includes(null)) this.#refuse(null, 'items only, from `readChunk`: null is the end of the input')
    return items
  }

  /** Reads item by item, awaiting only what is thenable. */
  #readItems(): unknown[] | Promise<unknown[]> {
    const items: unknown[] = []
    while (items.length < this.#chunkSize) {
      const item = this.#reader.read(this.#context)
      if (isThenable(item)) return this.#readItemsAsync(item, items)
      if (!this.#take(item, items)) break
    }
    return items
  }

  async #readItemsAsync(first: PromiseLike<unknown>, items: unknown[]): Promise<unknown[]> {
    let item = await first
    while (this.#take(item, items) && items.length < this.#chunkSize) {
      const next = this.#reader.read(this.#context)
      item = isThenable(next) ? await next : next
    }
    return items
  }

  #take(item: unknown, items: unknown[]): boolean {
    if (item === undefined) this.#refuse(item, 'an item, or null at the end of the input,')
    if (item === null) {
      this.#ended = true
      return false
    }
    items.push(item)
    return true
  }

  #refuse(value: unknown, expected: string): never {
    throw new ReaderContractError(this.#context.stepExecution.stepName, value, expected)
  }
}
