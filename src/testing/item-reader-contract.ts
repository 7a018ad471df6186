import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { ReadContext } from '../item/item-context.js'
import type { ItemReader } from '../item/item-reader.js'
import { isItemStream, type ItemStream } from '../item/item-stream.js'
import type { Json } from '../support/json.js'
import type { ContractKit } from './contract-kit.js'
import { testStepContext } from './test-context.js'

/** A reader to be tested, with input that stays the same from one `reader()` to the next. */
export interface ReaderUnderTest<T> {
  /** Makes a new reader of the same input, not yet opened. */
  reader(): ItemReader<T> & Partial<ItemStream>
  /** All items in order, ten to a few hundred. */
  readonly expected: readonly T[]
  /** Called at the end of each test. */
  dispose?(): void | Promise<void>
}

/** What {@link itemReaderContract} is told about a reader. */
export interface ItemReaderContractOptions<T> {
  /** Stands in the names of the tests. */
  readonly name: string
  /** Prepares the input; called once for each test. */
  create(): ReaderUnderTest<T> | Promise<ReaderUnderTest<T>>
}

const CHUNK_SIZES = [1, 2, 3, 4, 5, 6, 7]

/**
 * Registers the tests that every reader passes: all items in order, the end, and for a reader that is an `ItemStream`
 * a restart at every item, under every chunk size. A reader that cannot be called concurrently by user code fails.
 *
 * @example
 * ```ts
 * import { itemReaderContract, ListItemReader } from 'chunkwise/testing'
 * import { describe, it } from 'node:test'
 *
 * const expected = Array.from({ length: 12 }, (_, n) => n)
 * itemReaderContract({ describe, it }, {
 *   name: 'ListItemReader',
 *   create: () => ({ reader: () => new ListItemReader(expected), expected }),
 * })
 * ```
 */
export function itemReaderContract<T>(kit: ContractKit, options: ItemReaderContractOptions<T>): void {
  const test = (name: string, body: (subject: ReaderUnderTest<T>) => Promise<void>): unknown =>
    kit.it(name, async () => {
      const subject = await options.create()
      try {
        await body(subject)
      } finally {
        await subject.dispose?.()
      }
    })
  kit.describe(`item reader contract: ${options.name}`, () => {
    test('read gives every item in order, then null', readsAll)
    test('chunks of every size give every item in order, then an empty one', readsChunks)
    test('concurrent calls of read neither lose nor double an item', readsConcurrently)
    test('concurrent calls of readChunk neither lose nor double an item', readsChunksConcurrently)
    test('a restart behind any item goes on with the next, whatever the chunk size', restarts)
    test('a position is a value that later reads do not change', positionsAreValues)
    test('a position is JSON and names the place before anything is read', positionsAreJson)
    test('closing twice, unopened and half-way does no harm', closes)
    test('a reader can be opened again after it was closed', reopens)
    test('an aborted signal ends a read', aborts)
  })
}

async function readsAll<T>(subject: ReaderUnderTest<T>): Promise<void> {
  await withReader(subject, undefined, async (reader) => {
    const items: T[] = []
    for (let item = await reader.read(context()); item !== null; item = await reader.read(context())) items.push(item)
    deepStrictEqual(items, subject.expected)
  })
}

async function readsChunks<T>(subject: ReaderUnderTest<T>): Promise<void> {
  for (const size of [...CHUNK_SIZES, subject.expected.length, subject.expected.length + 1]) {
    await withReader(subject, undefined, async (reader) => {
      deepStrictEqual(await drain(reader, size), subject.expected, `chunks of ${size}`)
    })
  }
}

async function readsConcurrently<T>(subject: ReaderUnderTest<T>): Promise<void> {
  await withReader(subject, undefined, async (reader) => {
    const calls = subject.expected.map(async () => reader.read(context()))
    deepStrictEqual(await Promise.all(calls), subject.expected)
    strictEqual(await reader.read(context()), null)
  })
}

async function readsChunksConcurrently<T>(subject: ReaderUnderTest<T>): Promise<void> {
  await withReader(subject, undefined, async (reader) => {
    if (reader.readChunk === undefined) return
    const calls = subject.expected.map(async () => reader.readChunk?.(3, context()) ?? [])
    deepStrictEqual((await Promise.all(calls)).flat(), subject.expected)
  })
}

async function restarts<T>(subject: ReaderUnderTest<T>): Promise<void> {
  if (!isItemStream(subject.reader())) return
  for (let taken = 0; taken <= subject.expected.length; taken++) {
    const size = CHUNK_SIZES[taken % CHUNK_SIZES.length] as number
    const position = await withReader(subject, undefined, async (reader, stream) => {
      await take(reader, taken, size)
      return stream.position()
    })
    const nextSize = CHUNK_SIZES[(taken * 3 + 1) % CHUNK_SIZES.length] as number
    await withReader(subject, roundTrip(position), async (reader) => {
      deepStrictEqual(await drain(reader, nextSize), subject.expected.slice(taken), `restarted behind item ${taken}`)
    })
  }
}

async function positionsAreValues<T>(subject: ReaderUnderTest<T>): Promise<void> {
  if (!isItemStream(subject.reader())) return
  await withReader(subject, undefined, async (reader, stream) => {
    await take(reader, 3, 2)
    const position = stream.position()
    const before = JSON.stringify(position)
    await drain(reader, 4)
    strictEqual(JSON.stringify(position), before)
  })
}

async function positionsAreJson<T>(subject: ReaderUnderTest<T>): Promise<void> {
  if (!isItemStream(subject.reader())) return
  const first = await withReader(subject, undefined, async (_reader, stream) => stream.position())
  deepStrictEqual(roundTrip(first), first)
  await withReader(subject, first, async (reader) => deepStrictEqual(await drain(reader, 3), subject.expected))
}

async function closes<T>(subject: ReaderUnderTest<T>): Promise<void> {
  const unopened = subject.reader()
  await unopened.close?.()
  for (const taken of [0, 1, subject.expected.length]) {
    await withReader(subject, undefined, async (reader, stream) => {
      await take(reader, taken, 1)
      await stream.close?.()
      await stream.close?.()
    })
  }
}

async function reopens<T>(subject: ReaderUnderTest<T>): Promise<void> {
  const reader = subject.reader()
  if (!isItemStream(reader)) return
  for (let round = 0; round < 2; round++) {
    await reader.open(undefined, context())
    deepStrictEqual(await take(reader, 2, 2), subject.expected.slice(0, 2))
    await reader.close()
  }
}

async function aborts<T>(subject: ReaderUnderTest<T>): Promise<void> {
  await withReader(subject, undefined, async (reader) => {
    const reason = new Error('stop')
    const aborted = new AbortController()
    const reads = subject.expected.map(async () => reader.read({ ...context(), signal: aborted.signal }))
    aborted.abort(reason)
    const results = await Promise.allSettled(reads)
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    // What was at hand may still be given; what is not given is refused with the reason.
    ok(
      failures.every((failure) => failure === reason),
      `a read failed with ${String(failures[0])}`,
    )
    const given = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    deepStrictEqual(given, subject.expected.slice(0, given.length))
  })
}

/** Opens a reader, uses it, and closes it whatever happens. */
async function withReader<T, R>(
  subject: ReaderUnderTest<T>,
  position: Json | undefined,
  use: (reader: ItemReader<T>, stream: ItemStream) => Promise<R>,
): Promise<R> {
  const reader = subject.reader()
  try {
    await reader.open?.(position, context())
    return await use(reader, reader as ItemReader<T> & ItemStream)
  } finally {
    await reader.close?.()
  }
}

/** Reads exactly `count` items, `size` at a time. */
async function take<T>(reader: ItemReader<T>, count: number, size: number): Promise<T[]> {
  const items: T[] = []
  while (items.length < count) {
    const chunk = await readChunk(reader, Math.min(size, count - items.length))
    ok(chunk.length > 0, `the input ended after ${items.length} items`)
    items.push(...chunk)
  }
  return items
}

async function drain<T>(reader: ItemReader<T>, size: number): Promise<T[]> {
  const items: T[] = []
  for (;;) {
    const chunk = await readChunk(reader, size)
    ok(chunk.length <= size, `${chunk.length} items were given where ${size} were asked for`)
    if (chunk.length === 0) return items
    items.push(...chunk)
  }
}

async function readChunk<T>(reader: ItemReader<T>, size: number): Promise<readonly T[]> {
  if (reader.readChunk !== undefined) return reader.readChunk(size, context())
  const item = await reader.read(context())
  return item === null ? [] : [item]
}

function roundTrip(position: Json): Json {
  return JSON.parse(JSON.stringify(position)) as Json
}

function context(): ReadContext {
  return testStepContext<unknown>({ signal: NEVER.signal })
}

const NEVER = new AbortController()
