import { OptionCheck } from '../domain/check-option.js'
import { checkClassified, Delegates } from './classify.js'
import { type InnerProcessor, processOf } from './composite-item-processor.js'
import type { ItemContext } from './item-context.js'
import type { ItemProcessor } from './item-processor.js'

/** Options of {@link ClassifierCompositeItemProcessor}. */
export interface ClassifierCompositeItemProcessorOptions<I, O, N extends string> {
  /** Gives the name of the processor that an item goes to. */
  readonly classify: (item: I) => NoInfer<N>
  /** The processors by name. */
  readonly processors: Readonly<Record<N, InnerProcessor<I, O>>>
}

/**
 * Hands each item to one of several processors, whose results may differ in type. Throws `UnknownDelegateError` for an
 * item whose processor is not there.
 *
 * @example
 * ```ts
 * import { ClassifierCompositeItemProcessor } from 'chunkwise'
 *
 * export const bySign = new ClassifierCompositeItemProcessor({
 *   classify: (n: number) => (n < 0 ? 'negative' : 'other'),
 *   processors: { negative: () => null, other: (n: number) => `+${n}` },
 * })
 * ```
 */
export class ClassifierCompositeItemProcessor<I, O, N extends string = string> implements ItemProcessor<I, O> {
  readonly #classify: (item: I) => unknown
  readonly #processors: Delegates<ItemProcessor<I, O>['process']>

  /** @throws InvalidOptionError */
  constructor(options: ClassifierCompositeItemProcessorOptions<I, O, N>) {
    const owner = 'ClassifierCompositeItemProcessor'
    const check = new OptionCheck(owner)
    check.object(options, ['classify', 'processors'])
    const given = checkClassified<InnerProcessor<I, O>>(check, 'processors', options.classify, options.processors)
    this.#classify = options.classify
    this.#processors = new Delegates(
      owner,
      new Map(given.map(([name, one]) => [name, processOf(`${owner}.processors.${name}`, one)])),
    )
  }

  process(item: I, context: ItemContext): O | null | undefined | Promise<O | null | undefined> {
    return this.#processors.of(this.#classify(item))(item, context)
  }
}
