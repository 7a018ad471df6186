import type { ItemContext } from './item-context.js'

/**
 * Turns an item that was read into one to write. `null` or `undefined` filters the item: it is counted, not written.
 * Called once per item, again only when it failed and `retry` says so; outside the chunk's transaction and, in a
 * concurrent step, for several chunks at once: it must not keep state that other calls change. The result is kept and written as often as the write is tried.
 */
export interface ItemProcessor<I, O> {
  process(item: I, context: ItemContext): O | null | undefined | Promise<O | null | undefined>
}
