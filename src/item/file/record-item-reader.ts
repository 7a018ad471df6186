import type { InputExtent } from '../../domain/progress.js'
import type { Json } from '../../support/json.js'
import { Mutex } from '../../support/mutex.js'
import type { ReadContext } from '../item-context.js'
import type { ItemReader } from '../item-reader.js'
import type { ItemStream } from '../item-stream.js'
import { NotOpenError } from '../not-open-error.js'
import type { CheckedResource } from './file-resource.js'
import { FileSource } from './file-source.js'

/** The items of an open file, one after another. Not for calls at the same time. */
export interface RecordFeed<T> {
  /**
   * Adds items until there are `size`. True: that many are there, or all there will be, or a record behind them cannot be
   * read, which the next call tells. False: more of the file is needed first.
   */
  take(size: number, items: T[]): boolean
  /** Reads more of the file. A call that `signal` ends can be made again. */
  more(signal: AbortSignal): Promise<void>
  /** The place behind the last item. */
  position(): Json
  /** Whether an error is of one record, and the next call goes on behind it. */
  isOfRecord(error: unknown): boolean
}

interface Session<T> {
  readonly source: FileSource
  readonly feed: RecordFeed<T>
  readonly turns: Mutex
  underWay: number
  /** What reading failed with: what follows cannot be read either. */
  failure: unknown
}

/** What the readers of records of a file have in common: opening and closing, turns, and errors that stay. */
export abstract class RecordItemReader<T> implements ItemReader<T>, ItemStream {
  readonly #owner: string
  readonly #resource: CheckedResource
  #session: Session<T> | undefined
  #size: number | undefined

  protected constructor(owner: string, resource: CheckedResource) {
    this.#owner = owner
    this.#resource = resource
  }

  get isBroken(): boolean {
    return this.#session?.failure !== undefined
  }

  async open(position: Json | undefined, { signal }: ReadContext): Promise<void> {
    await this.close()
    const source = await FileSource.open(this.#owner, this.#resource)
    this.#size = source.size
    try {
      const feed = await this.openFeed(source, position, signal)
      this.#session = { source, feed, turns: new Mutex(), underWay: 0, failure: undefined }
    } catch (error) {
      await source.close()
      throw error
    }
  }

  read(context: ReadContext): T | null | Promise<T | null> {
    const items = this.readChunk(1, context)
    return items instanceof Promise ? items.then(firstOf) : firstOf(items)
  }

  readChunk(size: number, { signal }: ReadContext): readonly T[] | Promise<readonly T[]> {
    const session = this.#open()
    const items: T[] = []
    if (session.underWay === 0 && session.failure === undefined && takeAtHand(session, size, items)) return items
    return this.#inTurn(session, size, items, signal)
  }

  /** How many bytes of the file are done; of a plain file only. */
  extentAt(position: Json | undefined): InputExtent | undefined {
    const { offset = 0 } = (position ?? {}) as { readonly offset?: unknown }
    if (this.#size === undefined || typeof offset !== 'number') return undefined
    return { done: offset, total: this.#size, unit: 'bytes' }
  }

  position(): Json {
    return this.#open().feed.position()
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.source.close()
  }

  /** Reads what stands before the records, or goes to the place of an earlier run. */
  protected abstract openFeed(
    source: FileSource,
    position: Json | undefined,
    signal: AbortSignal,
  ): Promise<RecordFeed<T>>

  #open(): Session<T> {
    if (this.#session === undefined) throw new NotOpenError(this.#owner)
    return this.#session
  }

  async #inTurn(session: Session<T>, size: number, items: T[], signal: AbortSignal): Promise<T[]> {
    session.underWay++
    try {
      return await session.turns.run(async () => {
        if (this.#session !== session) throw new NotOpenError(this.#owner)
        if (session.failure !== undefined) throw session.failure as Error
        return fill(session, size, items, signal)
      })
    } finally {
      session.underWay--
    }
  }
}

function takeAtHand<T>(session: Session<T>, size: number, items: T[]): boolean {
  try {
    return session.feed.take(size, items)
  } catch (error) {
    if (!session.feed.isOfRecord(error)) session.failure = error
    throw error
  }
}

/** Adds items as they come; an error comes when there are none before it. */
async function fill<T>(session: Session<T>, size: number, items: T[], signal: AbortSignal): Promise<T[]> {
  const { feed } = session
  try {
    while (!feed.take(size, items)) await feed.more(signal)
  } catch (error) {
    if (!signal.aborted && !feed.isOfRecord(error)) session.failure = error
    if (items.length === 0) throw error
  }
  return items
}

function firstOf<T>(items: readonly T[]): T | null {
  return items.length === 0 ? null : (items[0] as T)
}
