import { OptionCheck } from '../domain/check-option.js'
import { DelegatingItemWriter, innerWriter, type InnerWriter } from './delegating-item-writer.js'
import type { WriteContext } from './item-context.js'
import type { ItemWriter } from './item-writer.js'

/** Options of {@link MappingItemWriter}. */
export interface MappingItemWriterOptions<T, O> {
  /** Makes of an item what is written. Called once an item and write; an error is one of the write. */
  readonly map: (item: T) => O
  /** Writes it. */
  readonly writer: InnerWriter<O>
}

/**
 * Writes what a function makes of each item. For a writer that wants another shape than the step has: dead letters to a
 * file, or one of several writers. Everything else is the writer's own: its place, its restart, its guarantee, its errors.
 *
 * @example
 * ```ts
 * import { type DeadLetter, deadLetterRecord, type ItemWriter, MappingItemWriter } from 'chunkwise'
 *
 * export const letters = (file: ItemWriter<object>) => new MappingItemWriter<DeadLetter, object>({ map: deadLetterRecord, writer: file })
 * ```
 */
export class MappingItemWriter<T, O> extends DelegatingItemWriter<T> {
  readonly #map: (item: T) => O
  readonly #writer: ItemWriter<O>

  /** @throws InvalidOptionError */
  constructor(options: MappingItemWriterOptions<T, O>) {
    const check = new OptionCheck('MappingItemWriter')
    check.object(options, ['map', 'writer'])
    const { map } = options
    if (typeof map !== 'function') check.fail('map', map, 'a function')
    const writer = innerWriter('MappingItemWriter.writer', options.writer)
    super('MappingItemWriter', new Map([['writer', writer]]))
    this.#map = map
    this.#writer = writer
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    await this.#writer.write(
      items.map((item) => this.#map(item)),
      context,
    )
  }
}
