import { OptionCheck } from '../../domain/check-option.js'
import type { Duration } from '../../support/duration.js'
import { checkTimeout } from '../time-limit.js'

/** When a chunk is complete: as soon as one of the bounds is reached. At least one is given. */
export interface ChunkBounds<I = unknown> {
  /** So many items. A whole number from 1. Alone it is the same as `chunkSize`. Default: any number. */
  readonly items?: number
  /** So many bytes, summed over `sizeOf`. The item that reaches the bound still belongs to the chunk. Default: any number. */
  readonly bytes?: number
  /** The size of an item in bytes, from 0. Default: the length of its JSON in UTF-8. */
  readonly sizeOf?: (item: I) => number
  /**
   * So much time since its first item was read. A slow reader is not waited for longer: what has been read becomes the
   * chunk, and the item that is under way begins the next one. Default: as long as it takes.
   */
  readonly time?: Duration
  /**
   * Whether `item` is the last of its chunk; `items` is how many the chunk has with it. Called once per item. Default: none
   * is, and the other bounds say it.
   */
  readonly until?: (item: I, items: number) => boolean
}

/** When a chunk is complete, as an object of one's own. */
export interface CompletionPolicy<I = unknown> {
  /** Called before the first item of each chunk. */
  start(): ChunkCompletion<I>
}

/** One chunk that is being filled. */
export interface ChunkCompletion<I = unknown> {
  /** Takes note of an item that was read, and says whether it completes the chunk. */
  add(item: I): boolean
}

/** Exactly one of `chunkSize` and `chunk` is given. */
export type ChunkSize<I> =
  | { readonly chunkSize: number; readonly chunk?: never }
  | { readonly chunkSize?: never; readonly chunk: ChunkBounds<I> | CompletionPolicy<I> }

/** How chunks are filled: `size` items at once, or item by item until `policy` or `time` completes them. */
export interface Completion {
  /** The most items of a chunk; `Infinity` when only other bounds are given. */
  readonly size: number
  readonly policy: CompletionPolicy | undefined
  /** Milliseconds. */
  readonly time: number | undefined
}

const BOUNDS = ['items', 'bytes', 'sizeOf', 'time', 'until'] as const

/** Checks `chunkSize` and `chunk`, of which exactly one is given. */
export function checkCompletion(
  owner: string,
  options: { readonly chunkSize?: number | undefined; readonly chunk?: ChunkBounds<never> | CompletionPolicy<never> },
): Completion {
  const { chunkSize, chunk } = options
  const check = new OptionCheck(owner)
  if (chunk === undefined) {
    return { size: check.integer('chunkSize', chunkSize, 1), policy: undefined, time: undefined }
  }
  if (chunkSize !== undefined) check.fail('chunkSize', chunkSize, 'left out when `chunk` is given')
  if (typeof (chunk as Partial<CompletionPolicy>).start === 'function') {
    return { size: Infinity, policy: chunk as CompletionPolicy, time: undefined }
  }
  if (typeof chunk !== 'object' || chunk === null) {
    check.fail('chunk', chunk, "bounds such as { items: 500, time: '5s' }, or a completion policy")
  }
  return checkBounds(new OptionCheck(`${owner}.chunk`), chunk as ChunkBounds)
}

function checkBounds(check: OptionCheck, bounds: ChunkBounds): Completion {
  const { items, bytes, sizeOf, until } = bounds
  check.object(bounds, BOUNDS)
  if (items !== undefined) check.integer('items', items, 1)
  if (bytes !== undefined) check.integer('bytes', bytes, 1)
  if (sizeOf !== undefined && typeof sizeOf !== 'function') check.fail('sizeOf', sizeOf, 'a function of an item')
  if (sizeOf !== undefined && bytes === undefined) check.fail('bytes', bytes, 'given beside `sizeOf`')
  if (until !== undefined && typeof until !== 'function') check.fail('until', until, 'a function of an item')
  const time = checkTimeout(check, 'time', bounds.time)
  if (items === undefined && bytes === undefined && time === undefined && until === undefined) {
    check.fail('', bounds, 'given with at least one of items, bytes, time and until')
  }
  const policy = bytes === undefined && until === undefined ? undefined : new BoundsPolicy(check, bounds)
  return { size: items ?? Infinity, policy, time }
}

/** The bounds that have to see each item. */
class BoundsPolicy implements CompletionPolicy {
  readonly #check: OptionCheck
  readonly #bounds: ChunkBounds

  constructor(check: OptionCheck, bounds: ChunkBounds) {
    this.#check = check
    this.#bounds = bounds
  }

  start(): ChunkCompletion {
    const { bytes = Infinity, sizeOf = jsonSize, until } = this.#bounds
    const measures = bytes !== Infinity
    let items = 0
    let size = 0
    return {
      add: (item) => {
        items++
        if (measures) size += this.#sizeOf(sizeOf, item)
        // Asked for every item, whatever the size says.
        const last = until?.(item, items) === true
        return last || size >= bytes
      },
    }
  }

  #sizeOf(sizeOf: (item: unknown) => number, item: unknown): number {
    const size = sizeOf(item)
    return size >= 0 ? size : this.#check.fail('sizeOf', size, 'a function that gives a number from 0')
  }
}

function jsonSize(item: unknown): number {
  const text = JSON.stringify(item, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  return text === undefined ? 0 : Buffer.byteLength(text)
}
