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
   * is not called again. An error fails the step; it is never called again after an error that is not skipped.
   */
  read(context: ReadContext): T | null | Promise<T | null>

  /**
   * Up to `size` items at once, none of them `null` or `undefined`; an empty array ends the input, a short one does not.
   * The engine prefers it to `read`. The array belongs to the engine afterwards.
   */
  readChunk?(size: number, context: ReadContext): readonly T[] | Promise<readonly T[]>
}

/** A reader that can name each of its items by a key that is stable over restarts, such as a sort key. */
export interface KeyedItemReader<T> extends ItemReader<T> {
  /**
   * The key of `items[index]`, where `items` is an array that this reader's `readChunk` returned. Called only when user
   * code asks for an idempotency key.
   */
  itemKey(items: readonly T[], index: number): string
}

/** Whether a reader names its items. */
export function isKeyedItemReader<T>(reader: ItemReader<T>): reader is KeyedItemReader<T> {
  return typeof (reader as Partial<KeyedItemReader<T>>).itemKey === 'function'
}
