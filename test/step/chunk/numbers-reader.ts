import type { Json } from '../../../src/support/json.js'
import type { Gap, ItemRange, RangedItemReader } from '../../../src/item/ranged-item-reader.js'

/** A table of numbers that others may change between the runs of a step, read by number. */
export class NumbersReader implements RangedItemReader<number> {
  readonly #table: ReadonlySet<number>
  readonly #turn: () => Promise<unknown>
  #gaps: readonly Gap[] = []
  #gap = 0
  #at: Json | undefined

  constructor(table: ReadonlySet<number>, turn: () => Promise<unknown> = async () => {}) {
    this.#table = table
    this.#turn = turn
  }

  open(position: Json | undefined): void {
    this.openRanges([{ after: position ?? undefined, upTo: undefined }])
  }

  openRanges(gaps: readonly Gap[]): void {
    this.#gaps = gaps
    this.#gap = 0
    this.#at = gaps[0]?.after
  }

  async readRange(size: number): Promise<ItemRange<number> | null> {
    await this.#turn()
    const gap = this.#gaps[this.#gap]
    if (gap === undefined) return null
    const rest = this.#rest(gap)
    const items = rest.slice(0, size)
    const from = this.#at
    const reached = items.length === 0 ? from : { number: items.at(-1) as number }
    this.#at = reached
    if (items.length < rest.length) return { items, from, to: reached }
    this.#gap++
    this.#at = this.#gaps[this.#gap]?.after
    return gap.upTo === undefined ? { items, from, to: reached, end: true } : { items, from, to: gap.upTo }
  }

  read(): number | null {
    const [item = null] = this.#rest(this.#gaps[0] as Gap)
    if (item !== null) this.#at = { number: item }
    return item
  }

  itemKey(items: readonly number[], index: number): string {
    return String(items[index])
  }

  position(): Json {
    return this.#at ?? null
  }

  close(): void {}

  #rest({ upTo }: Gap): number[] {
    const least = numberOf(this.#at) ?? 0
    const most = numberOf(upTo) ?? Infinity
    return [...this.#table].filter((value) => value > least && value <= most).sort((a, b) => a - b)
  }
}

function numberOf(position: Json | undefined): number | undefined {
  return (position as { readonly number: number } | undefined)?.number
}
