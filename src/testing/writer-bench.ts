import { ok } from 'node:assert/strict'
import { ExecutionContext } from '../domain/execution-context.js'
import type { WriteContext } from '../item/item-context.js'
import { isItemStream, type ItemStream } from '../item/item-stream.js'
import type { ItemWriter } from '../item/item-writer.js'
import type { Json } from '../support/json.js'
import { withCurrentTransaction } from '../transaction/current-transaction.js'
import { MemoryTransactionManager } from '../transaction/memory-transaction-manager.js'
import type { ManagedTransaction, TransactionManager } from '../transaction/transaction.js'
import { testStepContext } from './test-context.js'

/** A writer to be tested, with an output of its own that nothing has been written to. */
export interface WriterUnderTest<T> {
  /** Makes a new writer to the same output, not yet opened. */
  writer(): ItemWriter<T> & Partial<ItemStream>
  /** What to write, ten to a hundred items, each different. */
  readonly items: readonly T[]
  /** Reads back what the output holds, in order, as items. Called when a writer was completed and closed. */
  written(): readonly T[] | Promise<readonly T[]>
  /** The transactions to write in. Default: some over memory, for a writer that is in none. */
  readonly transactionManager?: TransactionManager
  /** Called when the output is no longer needed. */
  dispose?(): void | Promise<void>
}

/** A writer that a test calls; what it has of a stream is only called where it is one. */
export type BenchWriter<T> = ItemWriter<T> & ItemStream

/** Does with one output what a step does with it, crashes included. */
export class WriterBench<T> {
  readonly items: readonly T[]
  readonly isStream: boolean
  readonly #subject: WriterUnderTest<T>
  readonly #manager: TransactionManager
  readonly #made: Partial<ItemStream>[] = []

  constructor(subject: WriterUnderTest<T>) {
    this.#subject = subject
    this.#manager = subject.transactionManager ?? new MemoryTransactionManager()
    this.items = [...subject.items]
    this.isStream = isItemStream(this.make())
  }

  /** A writer that is not open. */
  make(): BenchWriter<T> {
    const writer = this.#subject.writer()
    this.#made.push(writer)
    return writer as BenchWriter<T>
  }

  async open(position?: Json): Promise<BenchWriter<T>> {
    const writer = this.make()
    if (this.isStream) await writer.open(roundTrip(position), testStepContext<unknown>())
    return writer
  }

  /** What a step stores of a writer that was opened for the first time, before it writes. */
  firstPlace(writer: BenchWriter<T>): Json | undefined {
    return this.isStream && writer.returnTo !== undefined ? writer.position() : undefined
  }

  /** The items from `from` on, in chunks. */
  chunks(from: number, size: number): readonly (readonly T[])[] {
    const chunks: (readonly T[])[] = []
    for (let start = from; start < this.items.length; start += size) chunks.push(this.items.slice(start, start + size))
    return chunks
  }

  /** Writes a chunk and commits it; resolves with the place that is stored with it. */
  async commit(writer: BenchWriter<T>, items: readonly T[], signal?: AbortSignal): Promise<Json | undefined> {
    const transaction = await this.#manager.begin()
    try {
      await this.#write(writer, items, transaction, signal)
      await transaction.begin()
      const position = this.isStream ? writer.position() : undefined
      await transaction.commit()
      return position
    } finally {
      await transaction.rollback()
    }
  }

  /** Writes a chunk whose transaction is rolled back. */
  async rollBack(writer: BenchWriter<T>, items: readonly T[]): Promise<void> {
    const transaction = await this.#manager.begin()
    try {
      await this.#write(writer, items, transaction)
    } finally {
      await transaction.rollback()
    }
  }

  /** Like a step whose input has ended. */
  async end(writer: BenchWriter<T>): Promise<void> {
    if (!this.isStream) return
    await writer.complete?.()
    await writer.close()
  }

  /**
   * Like a step that ends in the middle: `taken` items are committed, and a chunk was written that is not. Resolves with
   * the place that was stored last.
   */
  async writePart(taken: number, size: number, isKilled: boolean): Promise<Json | undefined> {
    const writer = await this.open()
    let position = this.firstPlace(writer)
    for (let start = 0; start < taken; start += size) {
      position = await this.commit(writer, this.items.slice(start, Math.min(start + size, taken)))
    }
    await this.rollBack(writer, this.items.slice(taken, taken + size).concat(this.items.slice(0, 1)))
    if (!isKilled) await writer.close()
    return position
  }

  /** Like a step that goes on at a place, behind `taken` items, and ends. Resolves with its last place. */
  async writeRest(position: Json | undefined, taken: number, size: number): Promise<Json | undefined> {
    const writer = await this.open(position)
    let last = position ?? this.firstPlace(writer)
    for (const chunk of this.chunks(taken, size)) last = await this.commit(writer, chunk)
    await this.end(writer)
    return last
  }

  async written(): Promise<readonly T[]> {
    return this.#subject.written()
  }

  /** Closes what a crash has left open, and disposes of the output. */
  async dispose(): Promise<void> {
    for (const writer of this.#made) await writer.close?.()
    await this.#subject.dispose?.()
  }

  async #write(
    writer: BenchWriter<T>,
    items: readonly T[],
    transaction: ManagedTransaction,
    signal = NEVER.signal,
  ): Promise<void> {
    ok(items.length > 0)
    const keys = items.map((_, index) => `contract/${index}`)
    const executionContext = new ExecutionContext()
    const context: WriteContext = { ...testStepContext<unknown>({ signal }), executionContext, keys, transaction }
    if (writer.transactional === true && writer.usesClient !== false) await transaction.begin()
    await withCurrentTransaction(this.#manager.resource, transaction, async () => writer.write(items, context))
  }
}

function roundTrip(position: Json | undefined): Json | undefined {
  return position === undefined ? undefined : (JSON.parse(JSON.stringify(position)) as Json)
}

const NEVER = new AbortController()
