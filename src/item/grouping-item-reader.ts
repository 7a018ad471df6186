import { BatchError } from '../domain/batch-error.js'
import { OptionCheck } from '../domain/check-option.js'
import type { StepContext } from '../domain/step-context.js'
import { TurnTaker } from '../support/clock.js'
import type { Json } from '../support/json.js'
import { Mutex } from '../support/mutex.js'
import { InnerReader } from './inner-reader.js'
import type { ReadContext } from './item-context.js'
import type { ItemReader } from './item-reader.js'
import type { ReaderOption } from './item-source.js'
import type { ItemStream } from './item-stream.js'

/** Options of {@link GroupingItemReader}: the reader, and either `by` or `endOf`. */
export interface GroupingItemReaderOptions<T> {
  /** What to read: whatever a step takes as `reader`, with a position. Items of a group must follow one another. */
  readonly reader: ReaderOption<T, unknown>
  /**
   * Items that follow one another and have the same value here, as `Object.is` compares, make a group. Must not throw.
   * Default: `endOf` says it.
   */
  readonly by?: (item: T) => unknown
  /**
   * Whether `next` begins a new group, behind the one so far, which is never empty. Must not throw. Default: `by` says it.
   */
  readonly endOf?: (group: readonly T[], next: T) => boolean
  /** The most items of a group, all of which are held in memory. Default 10,000. */
  readonly maxGroupSize?: number
}

/** A group has more items than `maxGroupSize`. Thrown when all of it has been read, so that a step may skip it. */
export class GroupTooLargeError extends BatchError {
  static readonly code = 'BATCH_GROUP_TOO_LARGE'
  readonly maxGroupSize: number
  /** How many items it has. */
  readonly size: number

  constructor(maxGroupSize: number, size: number) {
    super(`a group has ${size} items, more than maxGroupSize, ${maxGroupSize}`)
    this.maxGroupSize = maxGroupSize
    this.size = size
  }
}

/**
 * Makes one item of several that follow one another: an order of its lines, a day of its records. It reads one item
 * further than a group, to see that it has ended.
 *
 * Its position is that of the reader behind the last whole group: a restart never splits one. A read that fails, and is
 * skipped, leaves its item out of the group. Throws {@link GroupTooLargeError}.
 *
 * @example
 * ```ts
 * import { GroupingItemReader } from 'chunkwise'
 *
 * const lines = [{ order: 1, sku: 'a' }, { order: 1, sku: 'b' }, { order: 2, sku: 'a' }]
 * export const orders = new GroupingItemReader({ reader: lines, by: (line) => line.order })
 * ```
 */
export class GroupingItemReader<T> implements ItemReader<readonly T[]>, ItemStream {
  readonly connections: ItemReader<T>['connections']
  readonly #inner: InnerReader<T>
  readonly #endsBefore: (group: readonly T[], next: T) => boolean
  readonly #maxGroupSize: number
  readonly #turn = new Mutex()
  readonly #turns = new TurnTaker()
  #group: T[] = []
  #size = 0
  /** The place before the group that is being read. */
  #before: Json = null
  /** An item that was read and is in no group yet, and the place before it. */
  #next: { readonly item: T; readonly before: Json } | undefined
  /** An error that comes out of the next call, since this one has groups to give. */
  #failure: { readonly error: unknown } | undefined

  /** @throws InvalidOptionError */
  constructor(options: GroupingItemReaderOptions<T>) {
    const check = new OptionCheck('GroupingItemReader')
    check.object(options, ['reader', 'by', 'endOf', 'maxGroupSize'])
    const { reader, by, endOf, maxGroupSize = 10_000 } = options
    if ((by === undefined) === (endOf === undefined)) check.fail('by', by, 'a function, or `endOf` instead')
    if (typeof (by ?? endOf) !== 'function') check.fail(by === undefined ? 'endOf' : 'by', by ?? endOf, 'a function')
    this.#maxGroupSize = check.integer('maxGroupSize', maxGroupSize, 1)
    this.#endsBefore = endOf ?? ((group, next) => !Object.is(by?.(group[0] as T), by?.(next)))
    this.#inner = new InnerReader('GroupingItemReader.reader', reader)
    this.connections = this.#inner.connections
  }

  open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    this.#group = []
    this.#size = 0
    this.#next = undefined
    this.#failure = undefined
    return this.#inner.open(position, context)
  }

  async read(context: ReadContext): Promise<readonly T[] | null> {
    const groups = await this.readChunk(1, context)
    return groups.length === 0 ? null : (groups[0] as readonly T[])
  }

  readChunk(size: number, context: ReadContext): Promise<readonly (readonly T[])[]> {
    return this.#turn.run(() => this.#readGroups(size, context))
  }

  /** As of the reader inside. */
  get isBroken(): boolean {
    return this.#inner.isBroken
  }

  position(): Json {
    if (this.#size > 0) return this.#before
    return this.#next?.before ?? this.#inner.position()
  }

  complete(): Promise<void> {
    return this.#inner.complete()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async #readGroups(size: number, context: ReadContext): Promise<readonly (readonly T[])[]> {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
    const groups: (readonly T[])[] = []
    while (groups.length < size) {
      try {
        const group = await this.#readGroup(context)
        if (group === undefined) break
        groups.push(group)
      } catch (error) {
        if (groups.length === 0) throw error
        // The place is before the group that has failed: nothing is lost if the error is never asked for.
        this.#failure = { error }
        break
      }
    }
    return groups
  }

  async #readGroup(context: ReadContext): Promise<readonly T[] | undefined> {
    for (;;) {
      await this.#turns.yield()
      this.#next ??= await this.#readOne(context)
      const next = this.#next
      if (next === undefined) return this.#size === 0 ? undefined : this.#take()
      if (this.#size > 0 && this.#endsBefore(this.#group, next.item)) return this.#take()
      if (this.#size === 0) this.#before = next.before
      // Of a group that is too large no more is kept than it may have.
      if (++this.#size <= this.#maxGroupSize) this.#group.push(next.item)
      this.#next = undefined
    }
  }

  async #readOne(context: ReadContext): Promise<{ readonly item: T; readonly before: Json } | undefined> {
    const before = this.#inner.position()
    const items = await this.#inner.take(1, context)
    return items.length === 0 ? undefined : { item: items[0] as T, before }
  }

  #take(): readonly T[] {
    const [group, size] = [this.#group, this.#size]
    this.#group = []
    this.#size = 0
    if (size > this.#maxGroupSize) throw new GroupTooLargeError(this.#maxGroupSize, size)
    return group
  }
}
