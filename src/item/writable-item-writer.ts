import { finished } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import { InvalidOptionError } from '../domain/option-error.js'
import type { StepContext } from '../domain/step-context.js'
import type { Json } from '../support/json.js'
import type { WriteContext } from './item-context.js'
import { PositionError } from './item-errors.js'
import type { ItemStream } from './item-stream.js'
import type { ItemWriter } from './item-writer.js'

/** Makes the stream of a {@link WritableItemWriter}. `written` items were committed before: at a restart it should append. */
export type MakeWritable = (context: StepContext<unknown>, written: number) => Writable | Promise<Writable>

/**
 * Writes items to a Node stream in object mode. A chunk is written when the stream has taken its last item; a stream that
 * is full is waited for. The function makes the stream when the step begins; `end` is called, and waited for, when
 * everything is committed. A step that fails or stops destroys it.
 *
 * At-least-once: a stream takes nothing back, so that items of a chunk that was rolled back are in it, and come again. For
 * a file, use a file writer. Restarts by handing the number of committed items to the function. An error of the stream
 * fails the write, and every write after it. Throws `PositionError`.
 *
 * @example
 * ```ts
 * import { Writable } from 'node:stream'
 * import { WritableItemWriter } from 'chunkwise'
 *
 * const seen: unknown[] = []
 * const write = (item: unknown, _encoding: string, done: () => void) => { seen.push(item); done() }
 * export const toStream = new WritableItemWriter<string>(() => new Writable({ objectMode: true, write }))
 * ```
 */
export class WritableItemWriter<T> implements ItemWriter<T>, ItemStream {
  readonly #make: MakeWritable
  #stream: Writable | undefined
  #written = 0

  /** @throws InvalidOptionError it is not a function */
  constructor(make: MakeWritable) {
    if (typeof make !== 'function') {
      throw new InvalidOptionError('WritableItemWriter.make', make, 'a function that makes the stream')
    }
    this.#make = make
  }

  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    const { written = 0 } = (position ?? {}) as { readonly written?: unknown }
    if (typeof written !== 'number' || !Number.isInteger(written) || written < 0) {
      throw new PositionError('WritableItemWriter', position, 'it is not a count of items')
    }
    this.#written = written
    this.#stream = await this.#make(context, written)
    // It may fail while nobody writes; the error comes out of the next write.
    this.#stream.on('error', () => undefined)
  }

  async write(items: readonly T[], { signal }: Pick<WriteContext, 'signal'>): Promise<void> {
    const stream = this.#opened
    for (const [index, item] of items.entries()) {
      if (stream.errored !== null) throw stream.errored
      signal.throwIfAborted()
      // What is written when its callback comes, all before it is too.
      const waits = stream.writableNeedDrain || index === items.length - 1
      if (waits) await written(stream, item, signal)
      else stream.write(item)
    }
    this.#written += items.length
  }

  position(): Json {
    return { written: this.#written }
  }

  async complete(): Promise<void> {
    const stream = this.#opened
    if (stream.errored !== null) throw stream.errored
    stream.end()
    await finished(stream)
  }

  close(): void {
    // Does nothing to one that has ended.
    this.#stream?.destroy()
    this.#stream = undefined
  }

  get #opened(): Writable {
    if (this.#stream === undefined) {
      throw new InvalidOptionError('WritableItemWriter', this.#stream, 'opened before it is written to')
    }
    return this.#stream
  }
}

/** Resolves when the stream has written the item, and so all before it; rejects when it fails or the signal is aborted. */
function written(stream: Writable, item: unknown, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    stream.write(item, (error) => {
      signal.removeEventListener('abort', onAbort)
      if (error) reject(error)
      else resolve()
    })
  })
}
