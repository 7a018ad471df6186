import { InvalidOptionError } from '../domain/option-error.js'
import { isThenable } from '../support/thenable.js'
import type { ItemContext } from './item-context.js'
import type { ItemProcessor } from './item-processor.js'

/**
 * Lets through the items of which `keep` says true, as they are, and filters the others: they are counted, not written. A
 * type guard narrows the items.
 *
 * @example
 * ```ts
 * import { FilteringItemProcessor } from 'chunkwise'
 *
 * export const grown = new FilteringItemProcessor((user: { readonly age: number }) => user.age >= 18)
 * ```
 */
export class FilteringItemProcessor<I, O extends I = I> implements ItemProcessor<I, O> {
  readonly #keep: (item: I, context: ItemContext) => boolean | Promise<boolean>

  /** @throws InvalidOptionError it is not a function */
  constructor(
    keep:
      | ((item: I, context: ItemContext) => item is O)
      | ((item: I, context: ItemContext) => boolean | Promise<boolean>),
  ) {
    if (typeof keep !== 'function') throw new InvalidOptionError('FilteringItemProcessor.keep', keep, 'a function')
    this.#keep = keep
  }

  process(item: I, context: ItemContext): O | null | Promise<O | null> {
    const kept = this.#keep(item, context)
    return isThenable(kept) ? kept.then((answer) => pick(item, answer)) : pick(item, kept)
  }
}

function pick<I, O extends I>(item: I, kept: boolean): O | null {
  return kept ? (item as O) : null
}
