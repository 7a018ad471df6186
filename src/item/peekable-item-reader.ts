import type { StepContext } from '../domain/step-context.js'
import type { InputExtent } from '../domain/progress.js'
import type { Json } from '../support/json.js'
import { Mutex } from '../support/mutex.js'
import { InnerReader } from './inner-reader.js'
import type { ReadContext } from './item-context.js'
import type { ItemReader } from './item-reader.js'
import type { ReaderOption } from './item-source.js'
import type { ItemStream } from './item-stream.js'

/**
 * A reader whose next item can be looked at before it is read: for a reader of one's own around it that must know what
 * comes. Takes whatever a step takes as `reader`, with a position. Behind a look, the next chunk has that one item.
 *
 * Its position counts what was read, not what was looked at: a restart gives an item that was only looked at. Items keep
 * the keys of their reader.
 */
export class PeekableItemReader<T> implements ItemReader<T>, ItemStream {
  /** There where the reader names its items. */
  readonly itemKey?: (items: readonly T[], index: number) => string
  readonly connections: ItemReader<T>['connections']
  readonly #inner: InnerReader<T>
  readonly #turn = new Mutex()
  /** What was looked at, none of it at the end, and the place before it. */
  #peeked: { readonly items: readonly T[]; readonly before: Json } | undefined

  /** @throws InvalidOptionError it is not a reader with a position */
  constructor(reader: ReaderOption<T, unknown>) {
    this.#inner = new InnerReader('PeekableItemReader.reader', reader)
    this.connections = this.#inner.connections
    const { keyed } = this.#inner
    if (keyed !== undefined) this.itemKey = (items, index) => keyed.itemKey(items, index)
  }

  open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    this.#peeked = undefined
    return this.#inner.open(position, context)
  }

  /** The item that the next read gives, which stays the next one; `null` at the end. */
  peek(context: ReadContext): Promise<T | null> {
    return this.#turn.run(async () => {
      if (this.#peeked === undefined) {
        const before = this.#inner.position()
        this.#peeked = { items: await this.#inner.take(1, context), before }
      }
      return this.#peeked.items.length === 0 ? null : (this.#peeked.items[0] as T)
    })
  }

  async read(context: ReadContext): Promise<T | null> {
    const items = await this.readChunk(1, context)
    return items.length === 0 ? null : (items[0] as T)
  }

  readChunk(size: number, context: ReadContext): Promise<readonly T[]> {
    return this.#turn.run(() => {
      const peeked = this.#peeked
      this.#peeked = undefined
      return peeked?.items ?? this.#inner.take(size, context)
    })
  }

  /** As of the reader inside. */
  get isBroken(): boolean {
    return this.#inner.isBroken
  }

  /** As of the reader inside. */
  total(): number | undefined | Promise<number | undefined> {
    return this.#inner.total()
  }

  /** As of the reader inside. */
  extentAt(position: Json | undefined): InputExtent | undefined {
    return this.#inner.extentAt(position)
  }

  position(): Json {
    return this.#peeked?.before ?? this.#inner.position()
  }

  complete(): Promise<void> {
    return this.#inner.complete()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
