import { OptionCheck } from '../domain/check-option.js'
import type { StepContext } from '../domain/step-context.js'
import type { Json } from '../support/json.js'
import { Mutex } from '../support/mutex.js'
import { InnerReader } from './inner-reader.js'
import type { ReadContext } from './item-context.js'
import { PositionError } from './item-errors.js'
import type { HeldConnections, ItemReader } from './item-reader.js'
import type { ReaderOption } from './item-source.js'
import type { ItemStream } from './item-stream.js'

/**
 * Reads several readers, one after another, as one input. Each may be whatever a step takes as `reader`, but must have a
 * position of its own. One is open at a time: the next is opened when the one before has ended and is closed.
 *
 * Restarts inside the reader where it was, which goes on as it does alone; those before it are not opened again. The order
 * must stay the same; a reader may be added at the end. `complete` of each reader is called when all have ended. Items are
 * named by their reader's number and its own key, where all readers name theirs. A chunk never has items of two readers,
 * so one that is short may come in between. It cannot name ranges: `commitOrder: 'any'` is refused.
 *
 * Throws `PositionError` when the stored position is of other readers.
 *
 * @example
 * ```ts
 * import { CompositeItemReader } from 'chunkwise'
 *
 * export const everyone = new CompositeItemReader<string>([['Ada', 'Grace'], async function* () { yield 'Edsger' }])
 * ```
 */
export class CompositeItemReader<T> implements ItemReader<T>, ItemStream {
  /** There where all readers name their items. */
  readonly itemKey?: (items: readonly T[], index: number) => string
  readonly connections: readonly HeldConnections[]
  readonly #readers: readonly InnerReader<T>[]
  readonly #turn = new Mutex()
  /** Which reader an array is of. */
  readonly #sources = new WeakMap<readonly T[], number>()
  /** Where readers have ended that want to hear that all is done. */
  #ended: Record<string, Json> = {}
  #index = 0
  #context: StepContext<unknown> | undefined

  /** @throws InvalidOptionError there is none, or one of them cannot be read from a position */
  constructor(readers: readonly ReaderOption<T, unknown>[]) {
    const check = new OptionCheck('CompositeItemReader')
    if (!Array.isArray(readers) || readers.length === 0)
      check.fail('readers', readers, 'an array of one reader or more')
    this.#readers = readers.map((reader, index) => new InnerReader(`CompositeItemReader.readers[${index}]`, reader))
    this.connections = mostOfEach(this.#readers)
    const keyed = this.#readers.map((reader) => reader.keyed)
    if (keyed.some((reader) => reader === undefined)) return
    this.itemKey = (items, index) => {
      const source = this.#sources.get(items) ?? 0
      return `${source}:${keyed[source]?.itemKey(items, index)}`
    }
  }

  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    const { index, position: inner, ended } = this.#placeOf(position)
    this.#context = context
    this.#index = index
    this.#ended = { ...ended }
    await this.#current.open(inner, context)
  }

  async read(context: ReadContext): Promise<T | null> {
    const items = await this.readChunk(1, context)
    return items.length === 0 ? null : (items[0] as T)
  }

  readChunk(size: number, context: ReadContext): Promise<readonly T[]> {
    return this.#turn.run(() => this.#take(size, context))
  }

  /** As of the reader inside. */
  get isBroken(): boolean {
    return this.#current.isBroken
  }

  position(): Json {
    const place = { index: this.#index, ended: { ...this.#ended } }
    return this.#current.isOpen ? { ...place, position: this.#current.position() } : place
  }

  async complete(): Promise<void> {
    for (const [index, reader] of this.#readers.entries()) {
      if (reader.isOpen) await reader.complete()
      else if (Object.hasOwn(this.#ended, index)) await this.#completeEnded(reader, this.#ended[index])
    }
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close()
  }

  get #current(): InnerReader<T> {
    return this.#readers[this.#index] as InnerReader<T>
  }

  async #take(size: number, context: ReadContext): Promise<readonly T[]> {
    for (;;) {
      // The one before has ended, and opening this one may have failed.
      if (!this.#current.isOpen) await this.#current.open(undefined, this.#context ?? context)
      const items = await this.#current.take(size, context)
      if (items.length > 0) this.#sources.set(items, this.#index)
      if (items.length > 0 || this.#index === this.#readers.length - 1) return items
      if (this.#current.completes) this.#ended[this.#index] = this.#current.position()
      await this.#current.close()
      this.#index++
    }
  }

  async #completeEnded(reader: InnerReader<T>, position: Json | undefined): Promise<void> {
    await reader.open(position, this.#context as StepContext<unknown>)
    try {
      await reader.complete()
    } finally {
      await reader.close()
    }
  }

  #placeOf(position: Json | undefined): Place {
    if (position === undefined) return { index: 0, position: undefined, ended: {} }
    const { index, position: inner, ended } = (position ?? {}) as Partial<Place>
    const isNumber = typeof index === 'number' && Number.isInteger(index) && index >= 0
    if (!isNumber || index >= this.#readers.length || typeof ended !== 'object') {
      throw new PositionError(
        'CompositeItemReader',
        position,
        `it is not a place in one of ${this.#readers.length} readers`,
      )
    }
    return { index, position: inner, ended }
  }
}

interface Place {
  readonly index: number
  readonly position: Json | undefined
  readonly ended: Readonly<Record<string, Json>>
}

/** What readers take of pools of which one is open at a time. */
function mostOfEach(readers: readonly Pick<ItemReader<never>, 'connections'>[]): readonly HeldConnections[] {
  const most = new Map<object, HeldConnections>()
  for (const held of readers.flatMap(({ connections = [] }) => connections)) {
    const before = most.get(held.pool)
    if (before === undefined || before.held < held.held) most.set(held.pool, held)
  }
  return [...most.values()]
}
