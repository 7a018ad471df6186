import type { SqlRow } from '../../sql/sql-connection.js'
import { Mutex } from '../../support/mutex.js'
import type { ReadContext } from '../item-context.js'

/** Rows with the items made of them. */
export interface ItemPage<T> {
  readonly rows: readonly SqlRow[]
  readonly items: T[]
}

/** The size of a page when the caller asks item by item. */
export const ITEM_BY_ITEM = 1000

/**
 * Hands out pages as items. Calls that come while another is under way wait for their turn, so that no item is lost or
 * given twice; the engine's single loop never waits.
 */
export class ItemFeed<T> {
  readonly #load: (size: number, context: ReadContext) => Promise<ItemPage<T> | undefined>
  readonly #turns = new Mutex()
  // The rows of arrays that were handed out, while the engine has them.
  readonly #handedOut = new WeakMap<readonly T[], { readonly rows: readonly SqlRow[]; readonly from: number }>()
  #underWay = 0
  #page: ItemPage<T> | undefined
  #at = 0
  #last: SqlRow | undefined
  #count = 0

  /** `load` gives the next page, or `undefined` at the end; `size` is how many items the caller asked for. */
  constructor(load: (size: number, context: ReadContext) => Promise<ItemPage<T> | undefined>) {
    this.#load = load
  }

  /** The row of the item that was handed out last. */
  get last(): SqlRow | undefined {
    return this.#last
  }

  /** How many items were handed out. */
  get count(): number {
    return this.#count
  }

  read(context: ReadContext): T | null | Promise<T | null> {
    if (this.#underWay === 0 && this.#page !== undefined) return this.#take(1)[0] as T
    return this.#inTurn(async () => ((await this.#fill(ITEM_BY_ITEM, context)) ? (this.#take(1)[0] as T) : null))
  }

  readChunk(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]> {
    if (this.#underWay === 0 && this.#page !== undefined) return this.#take(size)
    return this.#inTurn(async () => ((await this.#fill(size, context)) ? this.#take(size) : []))
  }

  /** The row of `items[index]`, where `items` was handed out by `readChunk`. */
  rowOf(items: readonly T[], index: number): SqlRow | undefined {
    const from = this.#handedOut.get(items)
    return from?.rows[from.from + index]
  }

  async #fill(size: number, context: ReadContext): Promise<boolean> {
    if (this.#page !== undefined) return true
    const page = await this.#load(size, context)
    if (page === undefined || page.items.length === 0) return false
    this.#page = page
    this.#at = 0
    return true
  }

  #take(size: number): T[] {
    const { rows, items } = this.#page as ItemPage<T>
    const from = this.#at
    const to = Math.min(from + size, items.length)
    const taken = from === 0 && to === items.length ? items : items.slice(from, to)
    this.#handedOut.set(taken, { rows, from })
    this.#last = rows[to - 1]
    this.#count += to - from
    this.#at = to
    if (to === items.length) this.#page = undefined
    return taken
  }

  #takeOne(): T {
    const { rows, items } = this.#page as ItemPage<T>
    const item = items[this.#at] as T
    this.#last = rows[this.#at]
    this.#count++
    if (++this.#at === items.length) this.#page = undefined
    return item
  }

  async #inTurn<R>(task: () => Promise<R>): Promise<R> {
    this.#underWay++
    try {
      return await this.#turns.run(task)
    } finally {
      this.#underWay--
    }
  }
}
