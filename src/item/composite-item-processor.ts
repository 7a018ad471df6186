import { InvalidOptionError } from '../domain/option-error.js'
import { isThenable } from '../support/thenable.js'
import type { ItemContext } from './item-context.js'
import type { ItemProcessor } from './item-processor.js'
import { type ProcessFunction, stepScopeFactory } from './item-source.js'

/** A processor inside another one. A plain function is `process` itself. */
export type InnerProcessor<I, O> = ItemProcessor<I, O> | ProcessFunction<I, O, unknown>

/**
 * Processors one behind the other: each is handed what the one before gave. The first that filters the item, with `null`
 * or `undefined`, ends the chain. An error is the item's, whichever threw it; a retry begins with the first one again.
 *
 * @example
 * ```ts
 * import { CompositeItemProcessor } from 'chunkwise'
 *
 * export const lengths = new CompositeItemProcessor(
 *   (line: string) => line.trim(),
 *   (line) => (line === '' ? null : line),
 *   (line) => line.length,
 * )
 * ```
 */
export interface CompositeItemProcessor<I, O> extends ItemProcessor<I, O> {
  process(item: I, context: ItemContext): O | null | undefined | Promise<O | null | undefined>
}

/** Makes a {@link CompositeItemProcessor} of up to eight; more of them by putting one into another. */
export interface CompositeItemProcessorConstructor {
  /** @throws InvalidOptionError one of them is no processor, or one from `stepScope` */
  new <A, B>(first: InnerProcessor<A, B>): CompositeItemProcessor<A, B>
  new <A, B, C>(first: InnerProcessor<A, B>, second: InnerProcessor<B, C>): CompositeItemProcessor<A, C>
  new <A, B, C, D>(
    first: InnerProcessor<A, B>,
    second: InnerProcessor<B, C>,
    third: InnerProcessor<C, D>,
  ): CompositeItemProcessor<A, D>
  new <A, B, C, D, E>(
    first: InnerProcessor<A, B>,
    second: InnerProcessor<B, C>,
    third: InnerProcessor<C, D>,
    fourth: InnerProcessor<D, E>,
  ): CompositeItemProcessor<A, E>
  new <A, B, C, D, E, F>(
    first: InnerProcessor<A, B>,
    second: InnerProcessor<B, C>,
    third: InnerProcessor<C, D>,
    fourth: InnerProcessor<D, E>,
    fifth: InnerProcessor<E, F>,
  ): CompositeItemProcessor<A, F>
  new <A, B, C, D, E, F, G>(
    first: InnerProcessor<A, B>,
    second: InnerProcessor<B, C>,
    third: InnerProcessor<C, D>,
    fourth: InnerProcessor<D, E>,
    fifth: InnerProcessor<E, F>,
    sixth: InnerProcessor<F, G>,
  ): CompositeItemProcessor<A, G>
  new <A, B, C, D, E, F, G, H>(
    first: InnerProcessor<A, B>,
    second: InnerProcessor<B, C>,
    third: InnerProcessor<C, D>,
    fourth: InnerProcessor<D, E>,
    fifth: InnerProcessor<E, F>,
    sixth: InnerProcessor<F, G>,
    seventh: InnerProcessor<G, H>,
  ): CompositeItemProcessor<A, H>
  new <A, B, C, D, E, F, G, H, K>(
    first: InnerProcessor<A, B>,
    second: InnerProcessor<B, C>,
    third: InnerProcessor<C, D>,
    fourth: InnerProcessor<D, E>,
    fifth: InnerProcessor<E, F>,
    sixth: InnerProcessor<F, G>,
    seventh: InnerProcessor<G, H>,
    eighth: InnerProcessor<H, K>,
  ): CompositeItemProcessor<A, K>
}

type Process = ItemProcessor<unknown, unknown>['process']

class ProcessorChain implements ItemProcessor<unknown, unknown> {
  readonly #chain: readonly Process[]

  constructor(...processors: readonly InnerProcessor<unknown, unknown>[]) {
    const owner = 'CompositeItemProcessor'
    if (processors.length === 0) throw new InvalidOptionError(owner, processors, 'given one processor or more')
    this.#chain = processors.map((one, index) => processOf(`${owner}[${index}]`, one))
  }

  process(item: unknown, context: ItemContext): unknown {
    return this.#from(0, item, context)
  }

  /** Stays synchronous as long as the processors do. */
  #from(start: number, item: unknown, context: ItemContext): unknown {
    let current = item
    for (let index = start; index < this.#chain.length; index++) {
      current = this.#chain[index]?.(current, context)
      if (isThenable(current)) return this.#after(current, index + 1, context)
      if (current === null || current === undefined) return null
    }
    return current
  }

  async #after(result: PromiseLike<unknown>, next: number, context: ItemContext): Promise<unknown> {
    const current = await result
    return current === null || current === undefined ? null : this.#from(next, current, context)
  }
}

/** See the type of the same name. */
export const CompositeItemProcessor: CompositeItemProcessorConstructor =
  ProcessorChain as unknown as CompositeItemProcessorConstructor

/** The `process` of a processor inside another one. */
export function processOf<I, O>(option: string, given: InnerProcessor<I, O>): ItemProcessor<I, O>['process'] {
  if (typeof given === 'function') return given
  if (stepScopeFactory(given) !== undefined) {
    throw new InvalidOptionError(option, given, 'a processor: put stepScope(…) around the processor that it is in')
  }
  if (typeof (given as Partial<ItemProcessor<I, O>> | null)?.process === 'function') {
    return (item, context) => given.process(item, context)
  }
  throw new InvalidOptionError(option, given, 'a processor (an object with `process`) or a function')
}
