import { OptionCheck } from '../domain/check-option.js'
import { checkClassified, Delegates } from './classify.js'
import { DelegatingItemWriter, innerWriter, type InnerWriter } from './delegating-item-writer.js'
import type { WriteContext } from './item-context.js'
import type { ItemWriter } from './item-writer.js'
import { PartWriteContext } from './part-write-context.js'

/** Options of {@link ClassifierCompositeItemWriter}. */
export interface ClassifierCompositeItemWriterOptions<T, N extends string> {
  /** Gives the name of the writer that an item goes to. Called once an item and write. */
  readonly classify: (item: T) => NoInfer<N>
  /** The writers by name. */
  readonly writers: Readonly<Record<N, InnerWriter<T>>>
}

/**
 * Writes each item to one of several writers. A chunk's items for one writer go to it together, in their order, with
 * their keys; writers are called in the order of the record, those without items not at all.
 *
 * Failures, streams, guarantee and restart are as with `CompositeItemWriter`; the names of the writers must stay the same
 * over a restart. Throws `UnknownDelegateError` for an item whose writer is not there.
 *
 * @example
 * ```ts
 * import { ClassifierCompositeItemWriter, type ItemWriter } from 'chunkwise'
 *
 * interface Order { readonly total: number }
 * export const bySize = (large: ItemWriter<Order>, small: ItemWriter<Order>) =>
 *   new ClassifierCompositeItemWriter({ classify: (order: Order) => (order.total > 1_000 ? 'large' : 'small'), writers: { large, small } })
 * ```
 */
export class ClassifierCompositeItemWriter<T, N extends string = string> extends DelegatingItemWriter<T> {
  readonly #classify: (item: T) => unknown
  readonly #writers: Delegates<ItemWriter<T>>

  /** @throws InvalidOptionError */
  constructor(options: ClassifierCompositeItemWriterOptions<T, N>) {
    const owner = 'ClassifierCompositeItemWriter'
    const check = new OptionCheck(owner)
    check.object(options, ['classify', 'writers'])
    const given = checkClassified<InnerWriter<T>>(check, 'writers', options.classify, options.writers)
    const writers = new Map(given.map(([name, one]) => [name, innerWriter(`${owner}.writers.${name}`, one)]))
    super(owner, writers)
    this.#classify = options.classify
    this.#writers = new Delegates(owner, writers)
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    const parts = new Map<ItemWriter<T>, number[]>(this.#writers.names.map((name) => [this.#writers.of(name), []]))
    for (const [index, item] of items.entries()) parts.get(this.#writers.of(this.#classify(item)))?.push(index)
    for (const [writer, indices] of parts) {
      if (indices.length === 0) continue
      const part = indices.map((index) => items[index] as T)
      await writer.write(part, new PartWriteContext(context, indices))
    }
  }
}
