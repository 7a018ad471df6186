import { OptionCheck } from '../../domain/check-option.js'
import type { StepContext } from '../../domain/step-context.js'
import type { Json } from '../../support/json.js'
import type { WriteContext } from '../item-context.js'
import { PositionError } from '../item-errors.js'
import { isItemStream, type ItemStream } from '../item-stream.js'
import type { ItemWriter } from '../item-writer.js'
import { NotOpenError } from '../not-open-error.js'
import { PartWriteContext } from '../part-write-context.js'
import { checkPath } from './file-resource.js'
import { countOf } from './fingerprint.js'
import { removeLaterOutputs } from './output-series.js'

/** Options of a {@link MultiResourceItemWriter}: `maxItems`, or `maxBytes`, or both. */
export interface MultiResourceItemWriterOptions<T> {
  /**
   * The path of each file, from its number, which begins at 0. The same number always has the same path, and no two have the
   * same: files at the paths of later numbers are taken for what an earlier run has left, and are removed.
   */
  readonly resource: (index: number) => string
  /** Makes the writer of a file, such as a `FlatFileItemWriter`; one with `append` cannot be written anew. */
  readonly writer: (path: string, index: number) => ItemWriter<T> & ItemStream
  /** The most items of a file. Default: any number, and `maxBytes` is given. */
  readonly maxItems?: number
  /**
   * No chunk is begun in a file that has as many bytes: a file may be longer by a chunk. For writers of this package, whose
   * positions say how long the file is. Default: any number, and `maxItems` is given.
   */
  readonly maxBytes?: number
}

type Stream<T> = ItemWriter<T> & ItemStream

/** A file that is full, and where its writer was then. */
interface FilledFile {
  readonly index: number
  readonly position: Json
}

/** Where writing is: in which file, and where there. */
interface SeriesPlace extends FilledFile {
  readonly items: number
  readonly filled: readonly FilledFile[]
}

interface Session<T> {
  readonly context: StepContext<unknown>
  index: number
  writer: Stream<T>
  /** Items of the file. */
  items: number
  /** Files that are full, and not completed yet: the chunk that filled them may still be rolled back. */
  filled: readonly FilledFile[]
}

const OWNER = 'MultiResourceItemWriter'

/**
 * Writes items to a file, and to another one when that is full. Each has its own header and footer, if its writer writes
 * any. Without items there is one file.
 *
 * A file that is full is completed (its footer, its name) when the next chunk is written or the step ends: then the chunk
 * that filled it has committed. A rolled-back chunk is cut off, and files that it began are removed; a restart does the same
 * with all that stands behind the last committed place, and goes on in the file that was being written.
 *
 * Throws what the writers of the files throw.
 *
 * @example
 * ```ts
 * import { JsonItemWriter, MultiResourceItemWriter } from 'chunkwise/file'
 *
 * export const writer = new MultiResourceItemWriter<{ id: number }>({
 *   resource: (index) => `outgoing/users-${index + 1}.json`,
 *   writer: (path) => new JsonItemWriter({ resource: path, atomic: true }),
 *   maxItems: 10_000,
 * })
 * ```
 *
 * @throws InvalidOptionError
 */
export class MultiResourceItemWriter<T> implements ItemWriter<T>, ItemStream {
  readonly #options: MultiResourceItemWriterOptions<T>
  readonly #check = new OptionCheck(OWNER)
  #session: Session<T> | undefined

  constructor(options: MultiResourceItemWriterOptions<T>) {
    const check = this.#check
    check.object(options, ['resource', 'writer', 'maxItems', 'maxBytes'])
    const { resource, writer, maxItems, maxBytes } = options
    if (typeof resource !== 'function') check.fail('resource', resource, 'a function of the number of a file')
    if (typeof writer !== 'function') check.fail('writer', writer, 'a function that makes the writer of a file')
    if (maxItems !== undefined) check.integer('maxItems', maxItems, 1)
    if (maxBytes !== undefined) check.integer('maxBytes', maxBytes, 1)
    if (maxItems === undefined && maxBytes === undefined) check.fail('maxItems', maxItems, 'given, or `maxBytes`')
    this.#options = options
  }

  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    await this.close()
    const place = position === undefined ? undefined : placeOf(position)
    const index = place?.index ?? 0
    await removeLaterOutputs(OWNER, (one) => this.#path(one), index)
    const writer = await this.#openFile(index, place?.position, context)
    this.#session = { context, index, writer, items: place?.items ?? 0, filled: place?.filled ?? [] }
    if (this.#options.maxBytes !== undefined && lengthOf(writer) === undefined) {
      this.#check.fail('maxBytes', this.#options.maxBytes, 'left out: the positions of the writer have no length')
    }
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    const session = this.#open()
    await this.#completeFilled(session)
    for (let from = 0; from < items.length;) {
      if (this.#isFull(session)) await this.#roll(session)
      const room = (this.#options.maxItems ?? Number.POSITIVE_INFINITY) - session.items
      const part = items.slice(from, from + room)
      const indices = part.map((_, index) => from + index)
      await session.writer.write(part, new PartWriteContext(context, indices))
      session.items += part.length
      from += part.length
    }
  }

  position(): Json {
    const { index, items, writer, filled } = this.#open()
    return { index, items, position: writer.position(), filled: filled.map((file) => ({ ...file })) }
  }

  async returnTo(position: Json): Promise<void> {
    const session = this.#open()
    const place = placeOf(position)
    if (place.index === session.index && session.writer.returnTo !== undefined) {
      await session.writer.returnTo(place.position)
    } else {
      await session.writer.close()
      await removeLaterOutputs(OWNER, (one) => this.#path(one), place.index)
      session.writer = await this.#openFile(place.index, place.position, session.context)
    }
    session.index = place.index
    session.items = place.items
    session.filled = place.filled
  }

  async complete(): Promise<void> {
    const session = this.#open()
    await this.#completeFilled(session)
    await session.writer.complete?.()
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.writer.close()
  }

  #open(): Session<T> {
    if (this.#session === undefined) throw new NotOpenError(OWNER)
    return this.#session
  }

  #path(index: number): string {
    return checkPath(this.#check, `resource(${index})`, this.#options.resource(index))
  }

  async #openFile(index: number, position: Json | undefined, context: StepContext<unknown>): Promise<Stream<T>> {
    const writer = this.#options.writer(this.#path(index), index)
    if (!isItemStream(writer)) {
      this.#check.fail('writer', writer, 'a function that makes a writer with a position (open, position, close)')
    }
    try {
      await writer.open(position, context)
      return writer
    } catch (error) {
      await Promise.allSettled([(async () => writer.close())()])
      throw error
    }
  }

  #isFull({ items, writer }: Session<T>): boolean {
    const { maxItems = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.#options
    if (items >= maxItems) return true
    return items > 0 && Number.isFinite(maxBytes) && (lengthOf(writer) ?? 0) >= maxBytes
  }

  async #roll(session: Session<T>): Promise<void> {
    const { index, writer, context } = session
    session.filled = [...session.filled, { index, position: writer.position() }]
    await writer.close()
    session.index++
    session.items = 0
    session.writer = await this.#openFile(session.index, undefined, context)
  }

  async #completeFilled(session: Session<T>): Promise<void> {
    for (const { index, position } of session.filled) {
      const writer = await this.#openFile(index, position, session.context)
      try {
        await writer.complete?.()
      } finally {
        await writer.close()
      }
    }
    session.filled = []
  }
}

function lengthOf(writer: ItemStream): number | undefined {
  const { length } = (writer.position() ?? {}) as { readonly length?: unknown }
  return typeof length === 'number' ? length : undefined
}

function placeOf(position: Json): SeriesPlace {
  const index = countOf(OWNER, position, 'index')
  const items = countOf(OWNER, position, 'items')
  const { position: inner, filled } = position as unknown as SeriesPlace
  if (inner === undefined || !Array.isArray(filled)) {
    throw new PositionError(OWNER, position, 'it is not a place in one of several files')
  }
  return { index, items, position: inner, filled }
}
