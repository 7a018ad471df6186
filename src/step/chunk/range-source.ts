import type { ReadContext } from '../../item/item-context.js'
import { ReaderContractError } from '../../item/item-errors.js'
import type { Gap, ItemRange, RangedItemReader } from '../../item/ranged-item-reader.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import { positionText } from '../../repository/range-ledger.js'
import type { Deadline } from '../../support/deadline.js'
import { closesGap } from './range-order.js'

/** What a {@link RangeSource} reads from, and how. */
export interface RangeSourceOptions {
  readonly reader: RangedItemReader<unknown>
  readonly gaps: readonly Gap[]
  readonly chunkSize: number
  readonly context: ReadContext
  /** Nobody waits for the reader once it has passed. */
  readonly deadline: Deadline
  readonly listeners: readonly ItemListener[]
}

/** Reads the ranges of the gaps one after another, and holds the reader to its contract. */
export class RangeSource {
  readonly #options: RangeSourceOptions
  readonly #afterRead: Notify<[item: unknown]>
  readonly #onReadError: Notify<[error: unknown]>
  #gap = 0
  #at: string | null

  constructor(options: RangeSourceOptions) {
    this.#options = options
    this.#afterRead = notifier(options.listeners, 'afterRead')
    this.#onReadError = notifier(options.listeners, 'onReadError')
    this.#at = positionText(options.gaps[0]?.after)
  }

  /** Whether everything has been read. */
  get ended(): boolean {
    return this.#gap >= this.#options.gaps.length
  }

  /** The next range. Called only while not {@link ended}. */
  async next(): Promise<ItemRange<unknown>> {
    try {
      const { reader, chunkSize, context, deadline } = this.#options
      const range = await deadline.race(reader.readRange(chunkSize, context))
      if (range === null) return this.#refuse(range, 'ranges up to the end of the last gap, from `readRange`,')
      this.#check(range)
      if (this.#afterRead !== undefined) {
        for (const item of range.items) await deadline.race(this.#afterRead(item))
      }
      return range
    } catch (error) {
      const tell = this.#onReadError
      return reportFailure(error, tell && (() => tell(error)))
    }
  }

  #check({ items, from, to, end }: ItemRange<unknown>): void {
    const { gaps, chunkSize } = this.#options
    const gap = gaps[this.#gap] as Gap
    if (!Array.isArray(items) || items.length > chunkSize) {
      this.#refuse(items, `at most ${chunkSize} items from \`readRange\``)
    }
    if (items.includes(undefined) || items.includes(null)) this.#refuse(items, 'items only, from `readRange`')
    if (positionText(from) !== this.#at) this.#refuse(from, `a range that begins at ${this.#at}`)
    const closes = closesGap(gap, { to, isLast: end === true })
    if (items.length === 0 && !closes) this.#refuse(items, 'items, or the end of the gap, from `readRange`')
    if (end === true && gap.upTo !== undefined) this.#refuse(end, 'the end of the input in its last gap only')
    if (closes) this.#gap++
    this.#at = positionText(closes ? gaps[this.#gap]?.after : to)
  }

  #refuse(value: unknown, expected: string): never {
    throw new ReaderContractError(this.#options.context.stepExecution.stepName, value, expected)
  }
}
