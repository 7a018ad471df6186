import { OptionCheck } from '../domain/check-option.js'
import type { StepContext } from '../domain/step-context.js'
import type { InputExtent } from '../domain/progress.js'
import type { Json } from '../support/json.js'
import { Mutex } from '../support/mutex.js'
import type { ReadContext } from './item-context.js'
import { isKeyedItemReader, type ItemReader } from './item-reader.js'
import type { ItemStream } from './item-stream.js'

/**
 * Lets one call at a time into a reader that is not safe when `read` is called concurrently. Steps need it for none: the
 * engine reads from one loop. It is for code of one's own that shares a reader, and for a reader that must pass
 * `itemReaderContract`. Everything else is the reader's own: position, restart, keys, errors.
 */
export class SynchronizedItemStreamReader<T> implements ItemReader<T>, ItemStream {
  /** There where the reader has it. */
  readonly readChunk?: (size: number, context: ReadContext) => Promise<readonly T[]>
  /** There where the reader names its items. */
  readonly itemKey?: (items: readonly T[], index: number) => string
  readonly connections: ItemReader<T>['connections']
  readonly #reader: ItemReader<T> & ItemStream
  readonly #turn = new Mutex()

  /** @throws InvalidOptionError it is not a reader with open, position and close */
  constructor(reader: ItemReader<T> & ItemStream) {
    const check = new OptionCheck('SynchronizedItemStreamReader')
    check.methods('reader', reader, ['read', 'open', 'position', 'close'], 'a reader with open, position and close')
    this.#reader = reader
    this.connections = reader.connections
    if (reader.readChunk !== undefined) {
      this.readChunk = (size, context) => this.#turn.run(() => reader.readChunk?.(size, context) ?? [])
      if (isKeyedItemReader(reader)) this.itemKey = (items, index) => reader.itemKey(items, index)
    }
  }

  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    await this.#reader.open(position, context)
  }

  read(context: ReadContext): Promise<T | null> {
    return this.#turn.run(() => this.#reader.read(context))
  }

  /** As of the reader inside. */
  get isBroken(): boolean {
    return this.#reader.isBroken === true
  }

  /** As of the reader inside. */
  total(): number | undefined | Promise<number | undefined> {
    return this.#reader.total?.()
  }

  /** As of the reader inside. */
  extentAt(position: Json | undefined): InputExtent | undefined {
    return this.#reader.extentAt?.(position)
  }

  position(): Json {
    return this.#reader.position()
  }

  async complete(): Promise<void> {
    await this.#reader.complete?.()
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }
}
