import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { ItemWriter } from '../item/item-writer.js'
import type { ContractKit } from './contract-kit.js'
import { testStepContext } from './test-context.js'
import { type BenchWriter, WriterBench, type WriterUnderTest } from './writer-bench.js'

/** What {@link itemWriterContract} is told about a writer. */
export interface ItemWriterContractOptions<T> {
  /** Stands in the names of the tests. */
  readonly name: string
  /** Prepares an empty output; called several times in a test, once for each output. */
  readonly create: () => WriterUnderTest<T> | Promise<WriterUnderTest<T>>
}

type Create<T> = ItemWriterContractOptions<T>['create']
type Returning<T> = BenchWriter<T> & Required<Pick<ItemWriter<T>, 'returnTo'>>
type Use<T> = (bench: WriterBench<T>) => Promise<void>

const CHUNK_SIZES = [1, 2, 3, 4, 5, 6, 7]

/**
 * Registers the tests that every writer passes: all items in order and once, under every chunk size; for one that is an
 * `ItemStream` a restart at every chunk, which leaves nothing of what was not committed; for one with `returnTo` or
 * `transactional` that what is rolled back is gone. A test of what the writer is not passes.
 *
 * @example
 * ```ts
 * import { ListItemWriter, itemWriterContract } from 'chunkwise/testing'
 * import { describe, it } from 'node:test'
 *
 * itemWriterContract({ describe, it }, {
 *   name: 'ListItemWriter',
 *   create: () => {
 *     const writer = new ListItemWriter<number>()
 *     return { writer: () => writer, items: Array.from({ length: 12 }, (_, n) => n), written: () => writer.items }
 *   },
 * })
 * ```
 */
export function itemWriterContract<T>(kit: ContractKit, { name, create }: ItemWriterContractOptions<T>): void {
  const test = (what: string, body: (create: Create<T>) => Promise<void>): unknown => kit.it(what, () => body(create))
  kit.describe(`item writer contract: ${name}`, () => {
    test('chunks of every size are written in order, each item once', writesChunks)
    test('the array it was handed is neither kept nor changed', leavesArrays)
    test('nothing written is an output without items', writesNothing)
    test('a position is JSON, and a value that later writes do not change', positionsAreValues)
    test('a restart at any chunk leaves nothing of what was not committed, whatever the chunk size', restarts)
    test('a writer can be opened again after it was closed', reopens)
    test('returnTo undoes what was written since, and only that', returns)
    test('a restart after returnTo goes on where it returned to', restartsAfterReturn)
    test('what a transaction rolls back is gone', rollsBack)
    test('complete can be repeated by a restart', completesAgain)
    test('closing twice, unopened, half-way and after a failed open does no harm', closes)
    test('an aborted signal ends a write, or all is written', aborts)
  })
}

async function writesChunks<T>(create: Create<T>): Promise<void> {
  for (const size of [...CHUNK_SIZES, Number.MAX_SAFE_INTEGER]) {
    await onNewOutput(create, async (bench) => {
      await bench.writeRest(undefined, 0, size)
      deepStrictEqual(await bench.written(), bench.items, `chunks of ${size}`)
    })
  }
}

async function leavesArrays<T>(create: Create<T>): Promise<void> {
  await onNewOutput(create, async (bench) => {
    const writer = await bench.open()
    const [first, ...rest] = bench.chunks(0, 3)
    const handed = [...(first as readonly T[])]
    await bench.commit(writer, handed)
    deepStrictEqual(handed, first)
    handed.fill(bench.items.at(-1) as T)
    for (const chunk of rest) await bench.commit(writer, chunk)
    await bench.end(writer)
    deepStrictEqual(await bench.written(), bench.items)
  })
}

async function writesNothing<T>(create: Create<T>): Promise<void> {
  await onNewOutput(create, async (bench) => {
    await bench.end(await bench.open())
    deepStrictEqual(await bench.written(), [])
  })
}

async function positionsAreValues<T>(create: Create<T>): Promise<void> {
  await onStream(create, async (bench) => {
    const writer = await bench.open()
    for (const chunk of bench.chunks(0, 3)) {
      const position = writer.position()
      const before = JSON.stringify(position)
      deepStrictEqual(JSON.parse(before), position)
      await bench.commit(writer, chunk)
      strictEqual(JSON.stringify(position), before)
    }
    await bench.end(writer)
  })
}

async function restarts<T>(create: Create<T>): Promise<void> {
  let length = 0
  await onStream(create, async ({ items }) => void (length = items.length))
  // Not a stream: nothing to restart.
  if (length === 0) return
  for (const [round, size] of CHUNK_SIZES.entries()) {
    for (let committed = 0; committed * size < length + size; committed++) {
      await onStream(create, async (bench) => {
        const taken = Math.min(committed * size, bench.items.length)
        // A killed process does not close.
        const isKilled = (committed + round) % 2 === 0
        const position = await bench.writePart(taken, size, isKilled)
        await bench.writeRest(position, taken, CHUNK_SIZES[(committed + round + 3) % CHUNK_SIZES.length] as number)
        const how = `restarted behind item ${taken}, chunks of ${size}, ${isKilled ? 'killed' : 'closed'}`
        deepStrictEqual(await bench.written(), bench.items, how)
      })
    }
  }
}

async function reopens<T>(create: Create<T>): Promise<void> {
  await onStream(create, async (bench) => {
    const writer = await bench.open()
    let position = writer.position()
    for (const chunk of bench.chunks(0, 4)) {
      await writer.close()
      await writer.open(position, testStepContext<unknown>())
      await bench.commit(writer, chunk)
      position = writer.position()
    }
    await bench.end(writer)
    deepStrictEqual(await bench.written(), bench.items)
  })
}

async function returns<T>(create: Create<T>): Promise<void> {
  for (const size of CHUNK_SIZES) {
    await onReturning(create, async (bench, writer) => {
      for (const chunk of bench.chunks(0, size)) {
        const place = writer.position()
        await bench.rollBack(writer, chunk.toReversed())
        await writer.returnTo(place)
        deepStrictEqual(writer.position(), place)
        await bench.commit(writer, chunk)
      }
      const place = writer.position()
      await bench.rollBack(writer, bench.items.slice(0, size))
      await bench.rollBack(writer, bench.items.slice(0, 1))
      await writer.returnTo(place)
      // Nothing was written since.
      await writer.returnTo(place)
      await bench.end(writer)
      deepStrictEqual(await bench.written(), bench.items, `chunks of ${size}`)
    })
  }
}

async function restartsAfterReturn<T>(create: Create<T>): Promise<void> {
  await onReturning(create, async (bench, writer) => {
    const [first, second] = bench.chunks(0, 3)
    await bench.commit(writer, first as readonly T[])
    const place = writer.position()
    await bench.rollBack(writer, second as readonly T[])
    await writer.returnTo(place)
    await writer.close()
    await bench.writeRest(place, 3, 4)
    deepStrictEqual(await bench.written(), bench.items)
  })
}

async function rollsBack<T>(create: Create<T>): Promise<void> {
  await onNewOutput(create, async (bench) => {
    const writer = await bench.open()
    if (writer.transactional !== true) return
    for (const chunk of bench.chunks(0, 3)) {
      await bench.rollBack(writer, chunk)
      await bench.commit(writer, chunk)
    }
    await bench.end(writer)
    deepStrictEqual(await bench.written(), bench.items)
  })
}

async function completesAgain<T>(create: Create<T>): Promise<void> {
  await onStream(create, async (bench) => {
    const position = await bench.writeRest(undefined, 0, 5)
    // The process died before the end of the step was stored: with its file open, or closed.
    for (let restart = 0; restart < 2; restart++) {
      const writer = await bench.open(position)
      await bench.end(writer)
      deepStrictEqual(await bench.written(), bench.items)
    }
  })
}

async function closes<T>(create: Create<T>): Promise<void> {
  await onNewOutput(create, async (bench) => {
    if (bench.isStream) await bench.make().close()
  })
  await onStream(create, async (bench) => {
    const refused = bench.make()
    await Promise.allSettled([openBadly(refused)])
    await refused.close()
    await refused.close()
  })
  for (const taken of [0, 1]) {
    await onStream(create, async (bench) => {
      const position = await bench.writePart(taken, 1, false)
      await bench.writeRest(position, taken, 3)
      deepStrictEqual(await bench.written(), bench.items)
    })
  }
}

async function openBadly<T>(writer: BenchWriter<T>): Promise<void> {
  await writer.open('not a position of any writer', testStepContext<unknown>())
}

async function aborts<T>(create: Create<T>): Promise<void> {
  await onNewOutput(create, async (bench) => {
    const writer = await bench.open()
    const stop = new AbortController()
    stop.abort(new Error('stop'))
    let position = bench.firstPlace(writer)
    let taken = bench.items.length
    try {
      position = await bench.commit(writer, bench.items.slice(), stop.signal)
    } catch (error) {
      ok(isAbort(error, stop.signal), `a write failed with ${String(error)}`)
      taken = 0
    }
    if (bench.isStream) {
      await writer.close()
      await bench.writeRest(position, taken, 4)
    }
    if (bench.isStream || taken > 0) deepStrictEqual(await bench.written(), bench.items)
  })
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error as { readonly name?: unknown } | null)?.name === 'AbortError'
}

/** Makes an output, uses it, and disposes of it whatever happens. */
async function onNewOutput<T>(create: Create<T>, use: Use<T>): Promise<void> {
  const bench = new WriterBench(await create())
  try {
    await use(bench)
  } finally {
    await bench.dispose()
  }
}

async function onStream<T>(create: Create<T>, use: Use<T>): Promise<void> {
  await onNewOutput(create, async (bench) => {
    if (bench.isStream) await use(bench)
  })
}

async function onReturning<T>(
  create: Create<T>,
  use: (bench: WriterBench<T>, writer: Returning<T>) => Promise<void>,
): Promise<void> {
  await onStream(create, async (bench) => {
    const writer = await bench.open()
    if (typeof writer.returnTo === 'function') await use(bench, writer as Returning<T>)
  })
}
