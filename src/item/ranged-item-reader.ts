import type { Json } from '../support/json.js'
import type { ReadContext } from './item-context.js'
import type { ItemReader, KeyedItemReader } from './item-reader.js'
import { isItemStream, type ItemStream } from './item-stream.js'

/** A stretch of the input that is still to be read: behind `after`, up to and with `upTo`. */
export interface Gap {
  /** `undefined`: the beginning of the input. */
  readonly after: Json | undefined
  /** `undefined`: the end of the input. Only the last gap has none. */
  readonly upTo: Json | undefined
}

/** Items with the stretch of the input that they are all of. */
export interface ItemRange<T> {
  /** None where the stretch holds nothing any more. The array belongs to the engine afterwards. */
  readonly items: readonly T[]
  /** The position behind which it begins: the gap's `after`, or `to` of the range before it in the gap. */
  readonly from: Json | undefined
  /** The position with which it ends: the gap's `upTo` where the gap ends, else that of the last item. */
  readonly to: Json | undefined
  /** True where the input ends behind it. `to` is then the position of the last item, or `from` where there is none. */
  readonly end?: boolean
}

/**
 * A reader that can name the stretch of the input that a chunk covers, by positions that stay right when rows come and
 * go: what `commitOrder: 'any'` needs. In a step that commits in read order it is an ordinary reader.
 *
 * A step either calls `open`, `read` and `readChunk`, or `openRanges` and `readRange`; then `position` is not called.
 */
export interface RangedItemReader<T> extends KeyedItemReader<T>, ItemStream {
  /** Called instead of `open`. The gaps are in the order of the input and do not overlap. */
  openRanges(gaps: readonly Gap[], context: ReadContext): void | Promise<void>

  /**
   * The next range, of up to `size` items; `null` when all gaps have been read. Ranges follow one another without a hole
   * and never cross a gap's end; a range without items ends its gap. Every gap ends with a range whose `to` is its
   * `upTo`; one without `upTo`, with a range that has `end`.
   */
  readRange(size: number, context: ReadContext): Promise<ItemRange<T> | null>
}

/** Whether a reader can name ranges. */
export function isRangedItemReader<T>(reader: ItemReader<T>): reader is RangedItemReader<T> {
  const ranged = reader as Partial<RangedItemReader<T>>
  return (
    typeof ranged.openRanges === 'function' &&
    typeof ranged.readRange === 'function' &&
    typeof ranged.itemKey === 'function' &&
    isItemStream(reader)
  )
}
