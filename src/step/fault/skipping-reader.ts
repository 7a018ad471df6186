import type { ReadContext } from '../../item/item-context.js'
import type { ItemReader } from '../../item/item-reader.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { Notify } from '../../listener/notify.js'
import { ColumnValueError } from '../../sql/column-value-error.js'
import { SqlError } from '../../sql/sql-error.js'
import { tellFailure } from '../../listener/report-failure.js'
import { TurnTaker } from '../../support/clock.js'
import { errorChain } from '../../support/error-chain.js'
import type { Json } from '../../support/json.js'
import { isThenable } from '../../support/thenable.js'
import type { DeadLetter } from './dead-letter.js'
import type { FaultTolerance } from './fault-tolerance.js'

type Read<T> = () => T | Promise<T>

/** A query fails as a whole: a reader of a database cannot move past one of its rows, and says so each time. */
function isOfQuery(error: unknown): boolean {
  return errorChain(error).some((link) => link instanceof SqlError || link instanceof ColumnValueError)
}

/** What a {@link SkippingReader} skips by. */
export interface SkippingReaderOptions {
  readonly faults: FaultTolerance
  readonly onReadError: Notify<[error: unknown]>
  /** How many items earlier executions have read. */
  readonly start: number
}

/** A reader whose failed reads are skipped: it goes on with the next one. */
export class SkippingReader implements ItemReader<unknown> {
  readChunk?: (size: number, context: ReadContext) => readonly unknown[] | Promise<readonly unknown[]>
  readonly #reader: ItemReader<unknown>
  readonly #options: SkippingReaderOptions
  readonly #turns = new TurnTaker()
  #count: number
  #skips: DeadLetter[] = []

  constructor(reader: ItemReader<unknown>, options: SkippingReaderOptions) {
    this.#reader = reader
    this.#options = options
    this.#count = options.start
    if (reader.readChunk !== undefined) {
      this.readChunk = (size, context) =>
        this.#try(
          context,
          () => reader.readChunk?.(size, context) ?? [],
          (items) => items.length,
        )
    }
  }

  read(context: ReadContext): unknown {
    return this.#try(
      context,
      () => this.#reader.read(context),
      (item) => (item === null ? 0 : 1),
    )
  }

  /** The reads skipped since it was asked last. */
  takeSkips(): readonly DeadLetter[] {
    const skips = this.#skips
    if (skips.length > 0) this.#skips = []
    return skips
  }

  #try<T>(context: ReadContext, read: Read<T>, count: (result: T) => number): T | Promise<T> {
    try {
      const result = read()
      if (!isThenable(result)) return this.#counted(result, count)
      return result.then(
        (value) => this.#counted(value as T, count),
        (error: unknown) => this.#tryOn(error, context, read, count),
      ) as Promise<T>
    } catch (error) {
      return this.#tryOn(error, context, read, count)
    }
  }

  async #tryOn<T>(first: unknown, context: ReadContext, read: Read<T>, count: (result: T) => number): Promise<T> {
    let error = first
    for (;;) {
      await this.#skip(error)
      // A reader that fails for ever must not keep the process from everything else.
      await this.#turns.yield()
      context.signal.throwIfAborted()
      try {
        return this.#counted(await read(), count)
      } catch (thrown) {
        error = thrown
      }
    }
  }

  async #skip(error: unknown): Promise<void> {
    const { faults, onReadError } = this.#options
    if (this.#reader.isBroken === true || isOfQuery(error) || !faults.isSkippable(error)) throw error
    await tellFailure(error, onReadError && (() => onReadError(error)))
    faults.claim(error)
    this.#skips.push({ phase: 'read', error, position: String(this.#count) })
  }

  #counted<T>(result: T, count: (result: T) => number): T {
    this.#count += count(result)
    return result
  }
}

/** The same of a reader that has a position. */
class SkippingStream extends SkippingReader implements ItemStream {
  readonly #stream: ItemStream

  constructor(reader: ItemReader<unknown> & ItemStream, options: SkippingReaderOptions) {
    super(reader, options)
    this.#stream = reader
  }

  open(...args: Parameters<ItemStream['open']>): void | Promise<void> {
    return this.#stream.open(...args)
  }

  position(): Json {
    return this.#stream.position()
  }

  close(): void | Promise<void> {
    return this.#stream.close()
  }
}

/** Makes the failed reads of a reader skippable. */
export function skippingReader(reader: ItemReader<unknown>, options: SkippingReaderOptions): SkippingReader {
  return isItemStream(reader) ? new SkippingStream(reader, options) : new SkippingReader(reader, options)
}
