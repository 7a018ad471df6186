import { addCounts, NO_COUNTS, type StepCounts } from '../../domain/step-counts.js'
import type { Gap, ItemRange } from '../../item/ranged-item-reader.js'
import { type LedgerRange, positionText } from '../../repository/range-ledger.js'
import type { Json } from '../../support/json.js'

/** A range of this execution, or one that an earlier one has left. */
interface Entry {
  readonly range: LedgerRange
  /** What its chunk has counted; `undefined` until it has committed. */
  counts: StepCounts | undefined
}

/** The ranges at the beginning of the ledger that have all committed and follow one another. */
export interface ClosedPrefix {
  readonly through: LedgerRange
  readonly counts: StepCounts
  readonly length: number
}

/** What is still to be read, with what is already done behind it. */
interface Stretch {
  readonly gap: Gap
  /** The ordinal of the range before the gap. */
  readonly before: number
  readonly behind: LedgerRange | undefined
}

/** The order of a step's ranges: which are done, which are under way, and where a new one belongs. */
export class RangeOrder {
  readonly #stretches: readonly Stretch[]
  readonly #open = new Map<number, Entry>()
  #entries: Entry[] = []
  #closed = 0
  #stretch = 0
  #ordinal: number

  /** `after` is the position up to which everything is folded, `kept` what the ledger has behind it, in order. */
  constructor(after: Json | undefined, kept: readonly LedgerRange[]) {
    this.#stretches = stretchesOf(after, kept)
    const first = this.#stretches[0]?.behind
    const leading = first === undefined ? kept : kept.slice(0, kept.indexOf(first))
    for (const range of leading) this.#keep(range)
    this.#ordinal = this.#stretches[0]?.before ?? 0
  }

  /** What is to be read, in order. */
  get gaps(): readonly Gap[] {
    return this.#stretches.map(({ gap }) => gap)
  }

  /** How many ranges have committed and wait to be folded. */
  get closed(): number {
    return this.#closed
  }

  /** How many ranges there are from the first one that has not committed on. */
  get ahead(): number {
    return this.#entries.length - this.#closed
  }

  /** Takes a range that was read in as that of the chunk `index`. */
  add(index: number, { from, to, end }: ItemRange<unknown>): void {
    const entry: Entry = { range: { ordinal: ++this.#ordinal, from, to, isLast: end === true }, counts: undefined }
    this.#entries.push(entry)
    this.#open.set(index, entry)
    const stretch = this.#stretches[this.#stretch]
    if (stretch === undefined || !closesGap(stretch.gap, entry.range)) return
    if (stretch.behind !== undefined) this.#keep(stretch.behind)
    this.#stretch++
    this.#ordinal = this.#stretches[this.#stretch]?.before ?? this.#ordinal
  }

  /** The range of a chunk that has not committed. */
  rangeOf(index: number): LedgerRange {
    return (this.#open.get(index) as Entry).range
  }

  /** The chunk has committed. */
  close(index: number, counts: StepCounts): void {
    const entry = this.#open.get(index)
    if (entry === undefined) return
    entry.counts = counts
    this.#open.delete(index)
    this.#moveOn()
  }

  /**
   * What can be folded; `undefined` when nothing can. The range at the end of the input stays for the fold that completes
   * the step: by it the store knows that there is nothing more.
   */
  prefix(completes: boolean): ClosedPrefix | undefined {
    const closed = this.#entries.slice(0, this.#closed)
    if (!completes && closed.at(-1)?.range.isLast === true) closed.pop()
    const through = closed.at(-1)?.range
    if (through === undefined) return undefined
    const counts = closed.reduce((sum, entry) => addCounts(sum, entry.counts ?? NO_COUNTS), NO_COUNTS)
    return { through, counts, length: closed.length }
  }

  /** The prefix was folded. */
  drop({ length }: ClosedPrefix): void {
    this.#entries = this.#entries.slice(length)
    this.#closed -= length
  }

  #keep(range: LedgerRange): void {
    this.#entries.push({ range, counts: NO_COUNTS })
    this.#moveOn()
  }

  #moveOn(): void {
    while (this.#entries[this.#closed]?.counts !== undefined) this.#closed++
  }
}

/** Whether a range is the last one of its gap. */
export function closesGap({ upTo }: Gap, { to, isLast }: Pick<LedgerRange, 'to' | 'isLast'>): boolean {
  return upTo === undefined ? isLast : positionText(to) === positionText(upTo)
}

function stretchesOf(after: Json | undefined, kept: readonly LedgerRange[]): readonly Stretch[] {
  const stretches: Stretch[] = []
  let at = after
  let before = 0
  for (const range of kept) {
    if (positionText(at) !== positionText(range.from)) {
      stretches.push({ gap: { after: at, upTo: range.from }, before, behind: range })
    }
    at = range.to
    before = range.ordinal
  }
  if (kept.at(-1)?.isLast !== true) stretches.push({ gap: { after: at, upTo: undefined }, before, behind: undefined })
  return stretches
}
