import type { ItemRow } from '../../sql/row-decoder.js'
import { Mutex } from '../../support/mutex.js'
import type { ReadContext } from '../item-context.js'
import { noteRows, notedRows } from './handed-out.js'

/** Rows with the items made of them. */
export interface ItemPage<T> {
  readonly rows: readonly ItemRow[]
  readonly items: T[]
}

/** Gives the next page, or `undefined` at the end. `size` is how many items the caller asked for; `read` does not say. */
type LoadPage<T> = (size: number | undefined, context: ReadContext) => Promise<ItemPage<T> | undefined>

/** The size of a page for callers that do not say how many items they want. */
export const DEFAULT_PAGE_SIZE = 1000

/**
 * Hands out pages as items. Calls that come while another is under way wait for their turn, so that no item is lost or
 * given twice; the engine's single loop never waits.
 */
export class ItemFeed<T> {
  readonly #load: LoadPage<T>
  readonly #turns = new Mutex()
  #underWay = 0
  #page: ItemPage<T> | undefined
  #at = 0
  #last: ItemRow | undefined
  #count = 0

  constructor(load: LoadPage<T>) {
    this.#load = load
  }

  /** The row of the item that was handed out last. */
  get last(): ItemRow | undefined {
    return this.#last
  }

  /** How many items were handed out. */
  get count(): number {
    return this.#count
  }

  read(context: ReadContext): T | null | Promise<T | null> {
    if (this.#underWay === 0 && this.#page !== undefined) return this.#takeOne()
    return this.#inTurn(async () => ((await this.#fill(undefined, context)) ? this.#takeOne() : null))
  }

  readChunk(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]> {
    if (this.#underWay === 0 && this.#page !== undefined) return this.#take(size)
    return this.#inTurn(async () => ((await this.#fill(size, context)) ? this.#take(size) : []))
  }

  /** The row of `items[index]`, where `items` was handed out by `readChunk`, and its number, from 1. */
  find(items: readonly T[], index: number): { readonly row: ItemRow; readonly number: number } {
    const found = notedRows(items, this)
    const row = found?.rows[found.from + index]
    if (found === undefined || row === undefined || index >= items.length) {
      throw new RangeError(`item ${index} is not of an array that this reader has returned`)
    }
    return { row, number: found.before + index + 1 }
  }

  async #fill(size: number | undefined, context: ReadContext): Promise<boolean> {
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
    noteRows(taken, { by: this, rows, from, before: this.#count })
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
