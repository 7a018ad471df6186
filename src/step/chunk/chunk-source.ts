import { ReaderContractError } from '../../item/item-errors.js'
import type { ReadContext } from '../../item/item-context.js'
import type { ItemReader } from '../../item/item-reader.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import type { Clock } from '../../support/clock.js'
import type { Deadline } from '../../support/deadline.js'
import { isThenable } from '../../support/thenable.js'
import type { Chunk } from './chunk.js'
import type { Completion } from './completion.js'
import { type FilledChunk, ItemByItemFill } from './item-by-item.js'

/** What a {@link ChunkSource} reads from, and how. */
export interface ChunkSourceOptions {
  readonly reader: ItemReader<unknown>
  /** The reader that names the items, if `reader` is one around it. */
  readonly namedBy?: ItemReader<unknown>
  readonly completion: Completion
  readonly clock: Clock
  /** Nobody waits for the reader once it has passed. */
  readonly deadline: Deadline
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
  readonly #deadline: Deadline
  readonly #itemByItem: ItemByItemFill | undefined
  readonly #context: ReadContext
  readonly #afterRead: Notify<[item: unknown]>
  readonly #onReadError: Notify<[error: unknown]>
  #start: number
  #index = 0
  #ended = false

  constructor(options: ChunkSourceOptions) {
    this.#reader = options.reader
    this.#stream = isItemStream(options.reader) ? options.reader : undefined
    this.#chunkSize = options.completion.size
    this.#deadline = options.deadline
    if (options.completion.policy !== undefined || options.completion.time !== undefined) {
      const { namedBy = options.reader } = options
      this.#itemByItem = new ItemByItemFill({ ...options, namedBy, checkItem: (item) => this.#checkItem(item) })
    }
    this.#start = options.start
    this.#context = options.context
    this.#afterRead = notifier(options.listeners, 'afterRead')
    this.#onReadError = notifier(options.listeners, 'onReadError')
  }

  /** Whether the reader has said that there is nothing more. */
  get ended(): boolean {
    return this.#ended
  }

  /** The next chunk, or `undefined` at the end of the input. Rejects when the deadline passes. */
  async next(): Promise<Chunk | undefined> {
    if (this.#ended) return undefined
    const { items, keys, position, ended } = await this.#fill()
    this.#ended ||= ended || items.length === 0
    if (items.length === 0) return undefined
    const chunk = { index: this.#index, items, keys, start: this.#start, position }
    this.#index++
    this.#start += items.length
    return chunk
  }

  /** Resolves when the reader is not being called, as one is that a chunk has not waited for, or the deadline passes. */
  async idle(): Promise<void> {
    if (this.#itemByItem === undefined) return
    const deadline = new Promise<void>((resolve) => this.#deadline.onPassed(() => resolve()))
    await Promise.race([this.#itemByItem.idle(), deadline])
  }

  async #fill(): Promise<FilledChunk> {
    try {
      const filled = await (this.#itemByItem?.next() ?? this.#fillAtOnce())
      if (this.#afterRead !== undefined) {
        for (const item of filled.items) await this.#deadline.race(this.#afterRead(item))
      }
      return filled
    } catch (error) {
      const tell = this.#deadline.passed ? undefined : this.#onReadError
      return reportFailure(error, tell && (() => tell(error)))
    }
  }

  async #fillAtOnce(): Promise<FilledChunk> {
    const read = this.#reader.readChunk === undefined ? this.#readItems() : this.#readChunk()
    const items = isThenable(read) ? await this.#deadline.race(read) : read
    // At once, before anybody else can call the reader.
    return { items, keys: undefined, position: this.#stream?.position(), ended: this.#ended }
  }

  async #readChunk(): Promise<readonly unknown[]> {
    const read = this.#reader.readChunk?.(this.#chunkSize, this.#context)
    const items = isThenable(read) ? await read : read
    if (!Array.isArray(items)) this.#refuse(items, 'an array of items from `readChunk`')
    if (items.length > this.#chunkSize) {
      this.#refuse(items.length, `at most ${this.#chunkSize} items from \`readChunk\``)
    }
    for (let index = 0; index < items.length; index++) {
      const item: unknown = items[index]
      if (item === undefined) this.#refuse(item, 'items only, from `readChunk`')
      if (item === null) this.#refuse(item, 'items only, from `readChunk`: null is the end of the input')
    }
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
      this.#deadline.assertNotPassed()
    }
    return items
  }

  #take(item: unknown, items: unknown[]): boolean {
    this.#checkItem(item)
    if (item === null) {
      this.#ended = true
      return false
    }
    items.push(item)
    return true
  }

  #checkItem(item: unknown): void {
    if (item === undefined) this.#refuse(item, 'an item, or null at the end of the input,')
  }

  #refuse(value: unknown, expected: string): never {
    throw new ReaderContractError(this.#context.stepExecution.stepName, value, expected)
  }
}
