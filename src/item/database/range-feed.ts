import { noteRows, notedRows } from './handed-out.js'
import type { ItemRow } from '../../sql/row-decoder.js'
import type { KeyValues } from './key-position.js'

/** A stretch of keys: behind `after`, up to and with `upTo`. */
export interface KeyGap {
  readonly after: KeyValues | undefined
  readonly upTo: KeyValues | undefined
}

/** Items with the stretch of keys that they are all of. */
export interface KeyRange<T> {
  readonly items: readonly T[]
  readonly from: KeyValues | undefined
  readonly to: KeyValues | undefined
  /** Whether there is no row behind it in the whole input. */
  readonly end: boolean
}

/** A page on its way: rows of a gap, and whether the gap had no row behind them. */
export interface GapPage<T> {
  readonly rows: readonly ItemRow[]
  readonly isLast: boolean
  readonly decode: () => T[]
}

/** What a {@link RangeFeed} reads with. */
export interface RangeFeedOptions<T> {
  readonly gaps: readonly KeyGap[]
  readonly fetch: (after: KeyValues | undefined, upTo: KeyValues | undefined) => Promise<GapPage<T>>
  readonly keysOf: (row: ItemRow) => KeyValues
  /** Whether the next page, of this gap or the next one, is asked for before this one is decoded. */
  readonly prefetch: boolean
}

interface OpenPage<T> {
  readonly rows: readonly ItemRow[]
  readonly items: T[]
  readonly isLast: boolean
}

/** Hands out the rows of gaps as ranges, page by page. Called by one loop, never twice at once. */
export class RangeFeed<T> {
  readonly #options: RangeFeedOptions<T>
  #gap = 0
  /** The keys of the last row that was handed out, or where the gap begins. */
  #from: KeyValues | undefined
  #page: OpenPage<T> | undefined
  #at = 0
  #next: Promise<GapPage<T>> | undefined

  constructor(options: RangeFeedOptions<T>) {
    this.#options = options
    this.#from = options.gaps[0]?.after
  }

  /** The next range of up to `size` items, or `null` behind the last gap. */
  async next(size: number): Promise<KeyRange<T> | null> {
    const gap = this.#options.gaps[this.#gap]
    if (gap === undefined) return null
    this.#page ??= await this.#load(gap)
    const { rows, items, isLast } = this.#page
    const start = this.#at
    const stop = Math.min(start + size, items.length)
    const closes = isLast && stop === items.length
    const taken = start === 0 && stop === items.length ? items : items.slice(start, stop)
    noteRows(taken, { by: this, rows, from: start, before: 0 })
    const row = rows[stop - 1]
    const reached = row === undefined ? this.#from : this.#options.keysOf(row)
    const range = { items: taken, from: this.#from, to: closes ? (gap.upTo ?? reached) : reached, end: false }
    this.#at = stop
    this.#from = reached
    if (stop === items.length) this.#page = undefined
    if (!closes) return range
    this.#gap++
    this.#from = this.#options.gaps[this.#gap]?.after
    return { ...range, end: gap.upTo === undefined }
  }

  /** The row of `items[index]`, where `items` is of a range that was handed out. */
  find(items: readonly unknown[], index: number): ItemRow | undefined {
    const found = notedRows(items, this)
    return index < items.length ? found?.rows[found.from + index] : undefined
  }

  async #load(gap: KeyGap): Promise<OpenPage<T>> {
    const { keysOf, prefetch, gaps } = this.#options
    const page = await (this.#next ?? this.#fetch(gap, this.#from))
    const { rows, isLast } = page
    const last = rows.at(-1)
    const nextGap = isLast ? gaps[this.#gap + 1] : gap
    const after = isLast ? nextGap?.after : last && keysOf(last)
    this.#next = prefetch && nextGap !== undefined ? this.#fetch(nextGap, after) : undefined
    this.#at = 0
    return { rows, isLast, items: page.decode() }
  }

  /** A page that failed is asked for again by the next call; who waits for this one is told. */
  #fetch({ upTo }: KeyGap, after: KeyValues | undefined): Promise<GapPage<T>> {
    const fetched = this.#options.fetch(after, upTo)
    fetched.catch(() => {
      if (this.#next === fetched) this.#next = undefined
    })
    return fetched
  }
}
