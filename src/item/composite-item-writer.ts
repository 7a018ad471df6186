import { OptionCheck } from '../domain/check-option.js'
import { DelegatingItemWriter, innerWriter, type InnerWriter } from './delegating-item-writer.js'
import type { WriteContext } from './item-context.js'

/**
 * Writes every chunk to several writers, in their order. When one fails, those behind it are not asked, and the chunk is
 * rolled back as it is with one writer: what is in the transaction with it, files by returning to their place. Those that
 * are neither may get the chunk again.
 *
 * Writers that are streams are opened, saved, completed and closed with it. The step is exactly-once only if each of them
 * is in its transaction. Restarts as they do, each at its own place; their number and order must stay the same.
 *
 * @example
 * ```ts
 * import { CompositeItemWriter, type ItemWriter } from 'chunkwise'
 *
 * interface Candidate { readonly userName: string }
 * export const toBoth = (table: ItemWriter<Candidate>, file: ItemWriter<Candidate>) => new CompositeItemWriter([table, file])
 * ```
 */
export class CompositeItemWriter<T> extends DelegatingItemWriter<T> {
  readonly #write: readonly DelegatingItemWriter<T>['write'][]

  /** @throws InvalidOptionError there is none, or one of them is no writer, or one from `stepScope` */
  constructor(writers: readonly InnerWriter<T>[]) {
    const check = new OptionCheck('CompositeItemWriter')
    if (!Array.isArray(writers) || writers.length === 0)
      check.fail('writers', writers, 'an array of one writer or more')
    const given: readonly InnerWriter<T>[] = writers
    const found = given.map((one, index) => innerWriter(`CompositeItemWriter.writers[${index}]`, one))
    super('CompositeItemWriter', new Map(found.map((writer, index) => [String(index), writer])))
    this.#write = found.map((writer) => async (items, context) => writer.write(items, context))
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    // A copy for each: a writer may empty its array.
    for (const write of this.#write) await write(items.slice(), context)
  }
}
