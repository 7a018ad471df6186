import type { Readable } from 'node:stream'
import { InvalidOptionError } from '../domain/option-error.js'
import type { StepContext } from '../domain/step-context.js'
import type { Json } from '../support/json.js'
import type { ItemReader } from './item-reader.js'
import type { ItemStream } from './item-stream.js'
import { IterableItemReader } from './iterable-item-reader.js'

/**
 * Reads the objects of a Node stream in object mode, as fast as they are asked for: the stream's own buffer bounds what is
 * held. The function makes the stream when the step begins, and once more at a restart.
 *
 * Restarts by count: it reads from the beginning and drops what was committed, so the stream must give the same objects in
 * the same order. An error of the stream comes out of the next read, and cannot be skipped: a stream that has failed is
 * over. When the step is stopped or closes the reader, the stream is destroyed.
 *
 * @example
 * ```ts
 * import { Readable } from 'node:stream'
 * import { ReadableItemReader } from 'chunkwise'
 *
 * export const words = new ReadableItemReader<string>(() => Readable.from(['one', 'two']))
 * ```
 */
export class ReadableItemReader<T> implements ItemReader<T>, ItemStream {
  readonly #make: (context: StepContext<unknown>) => Readable | Promise<Readable>
  #stream: Readable | undefined
  #items: IterableItemReader<T> | undefined
  #stopListening: (() => void) | undefined

  /** @throws InvalidOptionError it is not a function */
  constructor(make: (context: StepContext<unknown>) => Readable | Promise<Readable>) {
    if (typeof make !== 'function') {
      throw new InvalidOptionError('ReadableItemReader.make', make, 'a function that makes the stream')
    }
    this.#make = make
  }

  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    const stream = await this.#make(context)
    this.#stream = stream
    // It may fail before anybody reads; the error comes out of the read.
    stream.on('error', () => undefined)
    const onAbort = (): void => void stream.destroy(context.signal.reason as Error)
    context.signal.addEventListener('abort', onAbort, { once: true })
    this.#stopListening = () => context.signal.removeEventListener('abort', onAbort)
    this.#items = new IterableItemReader<T>(stream)
    await this.#items.open(position)
  }

  read(): T | null | Promise<T | null> {
    return this.#items?.read() ?? null
  }

  readChunk(size: number): readonly T[] | Promise<readonly T[]> {
    return this.#items?.readChunk(size) ?? []
  }

  /** A stream that has failed is over. */
  get isBroken(): boolean {
    return this.#items?.isBroken === true
  }

  position(): Json {
    return this.#items?.position() ?? { count: 0 }
  }

  async close(): Promise<void> {
    this.#stopListening?.()
    const stream = this.#stream
    this.#stream = undefined
    // First: a read that waits for the stream ends with it.
    stream?.destroy()
    await this.#items?.close()
  }
}
