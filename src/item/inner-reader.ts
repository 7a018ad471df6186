import { InvalidOptionError } from '../domain/option-error.js'
import type { StepContext } from '../domain/step-context.js'
import type { InputExtent } from '../domain/progress.js'
import type { Json } from '../support/json.js'
import { isThenable } from '../support/thenable.js'
import type { ReadContext } from './item-context.js'
import { isKeyedItemReader, type ItemReader, type KeyedItemReader } from './item-reader.js'
import { isItemReader, isIterable, isOneShot, type ReaderOption } from './item-source.js'
import { isItemStream, type ItemStream } from './item-stream.js'
import { claimStream, releaseStream } from './open-streams.js'
import { resolveReader } from './resolve-reader.js'

/** What a reader that reads others may be made of. */
export const INNER_READER =
  'a reader with a position (open, position, close), an array or other iterable, or a function that makes one'

/** A reader inside another one, from the option that stands for it. The one around it calls it one call at a time. */
export class InnerReader<T> {
  /** The reader itself if it is given as such and names its items by the arrays it gives. */
  readonly keyed: KeyedItemReader<T> | undefined
  readonly #name: string
  readonly #option: ReaderOption<T, unknown>
  #reader: (ItemReader<T> & ItemStream) | undefined
  #carried: T[] = []
  #ended = false

  /** `name` is how errors name the option: `CompositeItemReader.readers[1]`. */
  constructor(name: string, option: ReaderOption<T, unknown>) {
    if (!isUsable(option)) throw new InvalidOptionError(name, option, INNER_READER)
    this.#name = name
    this.#option = option
    const reader = option as ItemReader<T>
    if (isItemReader(option) && isKeyedItemReader(reader) && reader.readChunk !== undefined) this.keyed = reader
  }

  /** What it takes of pools, as far as that is known before it is made. */
  get connections(): ItemReader<T>['connections'] {
    return isItemReader(this.#option) ? this.#option.connections : undefined
  }

  get isOpen(): boolean {
    return this.#reader !== undefined
  }

  /** Whether nothing can be read any more: see `ItemReader.isBroken`. */
  get isBroken(): boolean {
    return this.#reader?.isBroken === true
  }

  /** Whether it wants to hear that all is done. */
  get completes(): boolean {
    return this.#reader?.complete !== undefined
  }

  /** As of the reader inside, while it is open. */
  total(): number | undefined | Promise<number | undefined> {
    return this.#reader?.total?.()
  }

  /** As of the reader inside, while it is open. */
  extentAt(position: Json | undefined): InputExtent | undefined {
    return this.#reader?.extentAt?.(position)
  }

  /** One that fails is closed. */
  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    const reader = await resolveReader(this.#option, context)
    if (!isItemStream(reader)) throw new InvalidOptionError(this.#name, reader, INNER_READER)
    if (reader !== this.#reader) claimStream(reader, context.stepExecution.stepName, 'reader')
    this.#carried = []
    this.#ended = false
    this.#reader = reader
    try {
      await reader.open(position, context)
    } catch (error) {
      await Promise.allSettled([this.close()])
      throw error
    }
  }

  /**
   * Up to `size` items; none at the end. The array is the reader's own where it has `readChunk`. Read item by item, those
   * that came before a failed one are given by the next call.
   */
  async take(size: number, context: ReadContext): Promise<readonly T[]> {
    const reader = this.#opened
    if (reader.readChunk !== undefined) {
      const items = this.#ended ? [] : await reader.readChunk(size, context)
      this.#ended ||= items.length === 0
      return items
    }
    while (!this.#ended && this.#carried.length < size) {
      const read = reader.read(context)
      const item = isThenable(read) ? await read : read
      if (item === null) this.#ended = true
      else this.#carried.push(item)
    }
    return this.#carried.splice(0, size)
  }

  position(): Json {
    return this.#opened.position()
  }

  async complete(): Promise<void> {
    await this.#opened.complete?.()
  }

  /** Does nothing to one that is not open. */
  async close(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    if (reader === undefined) return
    try {
      await reader.close()
    } finally {
      releaseStream(reader)
    }
  }

  get #opened(): ItemReader<T> & ItemStream {
    if (this.#reader === undefined) throw new InvalidOptionError(this.#name, this.#option, 'opened before it is read')
    return this.#reader
  }
}

function isUsable(option: unknown): boolean {
  if (typeof option === 'function') return true
  if (isItemReader(option)) return isItemStream(option)
  return isIterable(option) && !isOneShot(option)
}
