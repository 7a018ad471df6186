import type { ReadContext } from '../../item/item-context.js'
import { isKeyedItemReader, type ItemReader } from '../../item/item-reader.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { Clock } from '../../support/clock.js'
import { Deadline } from '../../support/deadline.js'
import type { Json } from '../../support/json.js'
import { isThenable } from '../../support/thenable.js'
import type { Completion } from './completion.js'

/** What an {@link ItemByItemFill} reads from, and how. */
export interface ItemByItemOptions {
  readonly reader: ItemReader<unknown>
  /** The reader that names the items. */
  readonly namedBy: ItemReader<unknown>
  readonly completion: Completion
  readonly clock: Clock
  readonly context: ReadContext
  /** Throws for what is not an item; the end is not asked about. */
  readonly checkItem: (item: unknown) => void
  /** Nothing is read once it has passed. */
  readonly deadline: Deadline
}

/** The items of a chunk, with what is known of them only while they are read. */
export interface FilledChunk {
  readonly items: readonly unknown[]
  /** The items' own keys, of a reader that names them. */
  readonly keys: readonly string[] | undefined
  readonly position: Json | undefined
  readonly ended: boolean
}

const LATE = Symbol('the chunk has been open for long enough')

/**
 * Fills chunks whose end only the items, or the time, can tell. It reads one item at a time and none too many, so that
 * the reader's position is exact. A read that is under way when the time is over begins the next chunk.
 */
export class ItemByItemFill {
  readonly #options: ItemByItemOptions
  readonly #stream: ItemStream | undefined
  readonly #read: () => unknown
  readonly #keyOfLast: (() => string) | undefined
  /** The answer of a read that the last chunk did not wait for. */
  #underWay: PromiseLike<unknown> | undefined
  #key = ''

  constructor(options: ItemByItemOptions) {
    const { reader, namedBy, context } = options
    this.#options = options
    this.#stream = isItemStream(reader) ? reader : undefined
    this.#read = () => reader.read(context)
    if (!isKeyedItemReader(namedBy)) return
    if (namedBy.lastKey !== undefined) this.#keyOfLast = () => namedBy.lastKey?.() as string
    else if (reader.readChunk !== undefined) {
      // The keys of such a reader are asked for by the array.
      this.#read = () => this.#readKeyed(reader.readChunk?.(1, context) ?? [], (items) => namedBy.itemKey(items, 0))
      this.#keyOfLast = () => this.#key
    }
  }

  /** The next chunk; no items at the end of the input. */
  async next(): Promise<FilledChunk> {
    const { completion, clock } = this.#options
    const chunk = new Filling(completion, clock, this.#keyOfLast)
    try {
      for (;;) {
        if (completion.time !== undefined && chunk.items.length > 0) chunk.position = this.#stream?.position()
        const item = await this.#nextItem(chunk)
        if (item === LATE) return chunk.filled(chunk.position, false)
        if (item === null) return chunk.filled(this.#stream?.position(), true)
        this.#options.checkItem(item)
        if (chunk.add(item)) return chunk.filled(this.#stream?.position(), false)
      }
    } finally {
      chunk.close()
    }
  }

  /** Resolves when no read is under way. */
  async idle(): Promise<void> {
    try {
      await this.#underWay
    } catch {
      // Nobody wants the item any more.
    }
  }

  #nextItem(chunk: Filling): unknown {
    const answer = this.#underWay ?? this.#read()
    this.#underWay = undefined
    return isThenable(answer) ? this.#inTime(answer, chunk) : answer
  }

  async #inTime(answer: PromiseLike<unknown>, chunk: Filling): Promise<unknown> {
    try {
      return await this.#options.deadline.race(chunk.late.race(answer))
    } catch (error) {
      this.#options.deadline.assertNotPassed()
      if (error !== LATE) throw error
      this.#underWay = answer
      return LATE
    }
  }

  #readKeyed(
    answer: readonly unknown[] | PromiseLike<readonly unknown[]>,
    keyOf: (items: readonly unknown[]) => string,
  ): unknown {
    const take = (items: readonly unknown[]): unknown => {
      if (items.length === 0) return null
      this.#key = keyOf(items)
      return items[0]
    }
    return isThenable(answer) ? answer.then((items) => take(items as readonly unknown[])) : take(answer)
  }
}

/** A chunk that is being filled. */
class Filling {
  readonly items: unknown[] = []
  /** Passes when the chunk has been open for its time. */
  readonly late: Deadline = new Deadline()
  /** The position behind the items so far, before the next read was begun. */
  position: Json | undefined
  readonly #completion: Completion
  readonly #add: ((item: unknown) => boolean) | undefined
  readonly #clock: Clock
  readonly #keyOfLast: (() => string) | undefined
  readonly #keys: string[] = []
  #opened = 0
  #stopTimer: (() => void) | undefined

  constructor(completion: Completion, clock: Clock, keyOfLast: (() => string) | undefined) {
    this.#completion = completion
    this.#clock = clock
    this.#keyOfLast = keyOfLast
    const started = completion.policy?.start()
    if (started !== undefined) this.#add = (item) => started.add(item)
  }

  /** Takes an item; true when it is the last. */
  add(item: unknown): boolean {
    const { time, size } = this.#completion
    this.items.push(item)
    if (this.#keyOfLast !== undefined) this.#keys.push(this.#keyOfLast())
    if (time !== undefined && this.items.length === 1) this.#open(time)
    // The policy sees every item, whatever else completes the chunk.
    const complete = this.#add?.(item) === true
    return complete || this.items.length >= size || (time !== undefined && this.#isOver(time))
  }

  filled(position: Json | undefined, ended: boolean): FilledChunk {
    return { items: this.items, keys: this.#keyOfLast && this.#keys, position, ended }
  }

  close(): void {
    this.#stopTimer?.()
  }

  #open(time: number): void {
    this.#opened = this.#clock.monotonic()
    const timer = this.#clock.after(time, () => this.late.pass(LATE), { keepAlive: true })
    this.#stopTimer = () => timer.cancel()
  }

  /** A reader that never waits lets no timer ring. */
  #isOver(time: number): boolean {
    return this.#clock.monotonic() - this.#opened >= time
  }
}
