import type { InputExtent } from '../domain/progress.js'
import type { Json } from '../support/json.js'
import type { ReadContext } from './item-context.js'

/**
 * Where items come from. The engine calls a reader from one loop, never twice at once, so that a reader needs no lock;
 * after the last item of a chunk it takes `position()` if the reader is also an {@link ItemStream}.
 *
 * A reader without a position reads from the beginning after a restart: the step is at-least-once then, and says so.
 */
export interface ItemReader<T> {
  /**
   * The next item, or `null` at the end of the input. May return the value itself or a promise of it. After the end it
   * is not called again. An error fails the step, and the reader is not called again, unless the step skips it: then the
   * next call must go on behind the bad item. A reader that can fail in the middle has moved past what it could not read
   * when it throws, and has lost nothing else; `readChunk` likewise. One that cannot says so by `isBroken`.
   */
  read(context: ReadContext): T | null | Promise<T | null>

  /**
   * Up to `size` items at once, none of them `null` or `undefined`; an empty array ends the input, a short one does not.
   * The engine prefers it to `read`. The array belongs to the engine afterwards.
   */
  readChunk?(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]>

  /**
   * True once a read has failed behind which nothing can be read, as with a generator, which is over when it throws. The
   * error is then never skipped, and each later read must fail with it: to end instead would lose what is behind.
   */
  readonly isBroken?: boolean

  /**
   * How many items its input has in all, those before the position that it was opened with included; `undefined`: it does
   * not know, or not yet. Asked while it is open, for progress only, and no more once it has given a number; so nothing
   * depends on it. For what is known anyway: no count of a table is worth it.
   */
  total?(): number | undefined | Promise<number | undefined>

  /**
   * How much of the input lies before a position that it has given, or, without one, before its first item; in a unit of
   * its own, such as bytes. Asked while it is open and right behind its end, for progress only. `undefined`: it does not know.
   */
  extentAt?(position: Json | undefined): InputExtent | undefined

  /** The connections it takes of a pool, or of several. A step adds up what its parts take before it reads. Default: none. */
  readonly connections?: HeldConnections | readonly HeldConnections[] | undefined
}

/** What a reader or writer takes of a pool of connections while other parts of the step need some too. */
export interface HeldConnections {
  /** The pool that the host handed in. */
  readonly pool: object
  /** The most it has of them at once. */
  readonly held: number
  /** The size of the pool, if it says. */
  readonly size?: number | undefined
}

/** A reader that can name each of its items by a key that is stable over restarts, such as a sort key. */
export interface KeyedItemReader<T> extends ItemReader<T> {
  /**
   * The key of `items[index]`, where `items` is an array that this reader's `readChunk` returned. Called only when user
   * code asks for an idempotency key.
   */
  itemKey(items: readonly T[], index: number): string

  /**
   * The key of the item that `read` gave last. Asked for each item where chunks are completed by other bounds than their
   * number of items; a reader without it is then read by `readChunk(1)`.
   */
  lastKey?(): string
}

/** Whether a reader names its items. */
export function isKeyedItemReader<T>(reader: ItemReader<T>): reader is KeyedItemReader<T> {
  return typeof (reader as Partial<KeyedItemReader<T>>).itemKey === 'function'
}
