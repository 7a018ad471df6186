import { Readable } from 'node:stream'
import {
  chunkStep,
  CompositeItemReader,
  GroupingItemReader,
  type ItemReader,
  type ItemStream,
  type Json,
  type KeyedItemReader,
  MemoryJobRepository,
  PeekableItemReader,
  ReadableItemReader,
  type ReaderOption,
  SynchronizedItemStreamReader,
} from 'chunkwise'
import { ListItemReader, ListItemWriter, runStep, testStepContext } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../step/deferred.js'

const context = testStepContext<unknown>()
const BAD = Object.assign(new Error('bad item'), { code: 'BAD' })

/** Reads numbers item by item, and writes down what is done with it. */
function recorded(
  name: string,
  items: readonly number[],
  calls: string[],
  bad?: number,
): ItemReader<number> & ItemStream {
  let next = 0
  return {
    open(position: Json | undefined) {
      calls.push(`${name}.open ${JSON.stringify(position)}`)
      next = (position ?? 0) as number
    },
    read() {
      const item = items[next]
      if (item === undefined) return null
      next++
      if (item === bad) throw BAD
      return item
    },
    position: () => next,
    complete: () => void calls.push(`${name}.complete`),
    close: () => void calls.push(`${name}.close`),
  }
}

class Keyed extends ListItemReader<string> implements KeyedItemReader<string> {
  itemKey(items: readonly string[], index: number): string {
    return `key of ${items[index]}`
  }
}

describe('a CompositeItemReader', () => {
  it('has one reader open at a time, and completes them all in the end', async () => {
    const calls: string[] = []
    const reader = new CompositeItemReader([recorded('a', [1, 2], calls), recorded('b', [3], calls)])
    const writer = new ListItemWriter<number>()
    expect((await runStep(chunkStep('all', { chunkSize: 5, reader, writer }))).status).toBe('COMPLETED')
    expect(writer.items).toEqual([1, 2, 3])
    expect(calls).toEqual([
      'a.open undefined',
      'a.close',
      'b.open undefined',
      'a.open 2',
      'a.complete',
      'a.close',
      'b.complete',
      'b.close',
    ])
  })

  it('restarts inside the reader where it was, and leaves those before it closed until all are completed', async () => {
    const calls: string[] = []
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const step = (bad?: number) =>
      chunkStep('all', {
        chunkSize: 1,
        reader: () => new CompositeItemReader([recorded('a', [1, 2], calls), recorded('b', [3, 4, 5], calls, bad)]),
        writer,
      })
    expect((await runStep(step(4), { repository })).failures).toEqual([BAD])
    calls.length = 0
    expect((await runStep(step(), { repository })).status).toBe('COMPLETED')
    expect(writer.items).toEqual([1, 2, 3, 4, 5])
    expect(calls).toEqual(['b.open 1', 'a.open 2', 'a.complete', 'a.close', 'b.complete', 'b.close'])
  })

  it('loses nothing that was read before a failed read that is skipped', async () => {
    const reader = new CompositeItemReader([recorded('a', [1, 2, 3, 4], [], 3), numbers(3)])
    const writer = new ListItemWriter<number>()
    const step = chunkStep('all', { chunkSize: 4, reader, writer, skip: { limit: 1, on: ['BAD'] } })
    expect((await runStep(step)).counts).toMatchObject({ readSkip: 1, write: 6 })
    expect(writer.items).toEqual([1, 2, 4, 1, 2, 3])
  })

  it.each<[string, (bad: () => void) => ReaderOption<number, unknown>]>([
    [
      'a generator',
      (bad) =>
        function* () {
          yield 1
          bad()
        },
    ],
    [
      'an async generator',
      (bad) =>
        async function* () {
          yield 1
          bad()
        },
    ],
    [
      'a Node stream',
      (bad) => new ReadableItemReader<number>(() => Readable.from([1, 2]).map((n) => (n === 2 ? bad() : n))),
    ],
  ])('never takes the error of %s for its end, whatever may be skipped', async (_what, failing) => {
    const bad = () => {
      throw BAD
    }
    const reader = new CompositeItemReader<number>([failing(bad), [3]])
    const skip = { limit: 9, on: [Error] }
    const execution = await runStep(chunkStep('all', { chunkSize: 1, reader, writer: () => undefined, skip }))
    expect(execution).toMatchObject({ status: 'FAILED', failures: [BAD], counts: { write: 1, readSkip: 0 } })
    await reader.open(undefined, context)
    await reader.read(context)
    await expect(reader.read(context)).rejects.toBe(BAD)
    await expect(reader.read(context)).rejects.toBe(BAD)
    await reader.close()
  })

  it('names items by their reader and its own key, where all name theirs', async () => {
    const reader = new CompositeItemReader([new Keyed(['a', 'b']), new Keyed(['a'])])
    const keys: string[] = []
    const writer = (_items: readonly string[], written: { readonly keys: readonly string[] }) =>
      void keys.push(...written.keys)
    await runStep(chunkStep('keyed', { chunkSize: 5, reader, writer }))
    expect(keys.map((key) => key.slice('1:keyed:'.length))).toEqual(['0:key of a', '0:key of b', '1:key of a'])
    expect(new CompositeItemReader([new Keyed(['a']), ['b']]).itemKey).toBeUndefined()
  })

  it('closes a reader whose open has failed, and fails with its error', async () => {
    const calls: string[] = []
    const failing = { ...recorded('b', [1], calls), open: () => Promise.reject(new Error('no such table')) }
    const reader = new CompositeItemReader([recorded('a', [1], calls), failing])
    const step = chunkStep('all', { chunkSize: 1, reader, writer: () => undefined })
    expect(await runStep(step)).toMatchObject({ failures: [{ message: 'no such table' }], counts: { write: 1 } })
    expect(calls).toEqual(['a.open undefined', 'a.close', 'b.close'])
  })

  it.each([null, 3, { index: 2, ended: {} }, { index: -1, ended: {} }, { index: 0 }, { count: 1 }])(
    'refuses the position %j',
    async (position) => {
      await expect(new CompositeItemReader([[1], [2]]).open(position, context)).rejects.toMatchObject({
        code: 'BATCH_POSITION',
      })
    },
  )

  it.each([
    ['no reader', [], 'CompositeItemReader.readers'],
    ['a reader without a position', [[1], { read: () => null }], 'CompositeItemReader.readers[1]'],
    ['what can be iterated only once', [[1].values()], 'CompositeItemReader.readers[0]'],
    ['what is no reader', ['text'], 'CompositeItemReader.readers[0]'],
  ])('refuses %s', (_what, readers, option) => {
    expect(() => new CompositeItemReader(readers as never)).toThrow(expect.objectContaining({ option }))
  })

  it('refuses a reader without a position that a function makes, when it opens', async () => {
    const reader = new CompositeItemReader([() => ({ read: () => null })])
    const step = chunkStep('all', { chunkSize: 1, reader, writer: () => undefined })
    expect((await runStep(step)).failures).toMatchObject([{ option: 'CompositeItemReader.readers[0]' }])
  })

  it('refuses a reader that another step has open, and leaves it open there', async () => {
    const shared = new ListItemReader([1])
    const first = new CompositeItemReader([shared])
    await first.open(undefined, context)
    const step = chunkStep('second', {
      chunkSize: 1,
      reader: new CompositeItemReader([shared]),
      writer: () => undefined,
    })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_STREAM_IN_USE', part: 'reader' }])
    expect(shared.isOpen).toBe(true)
    await first.close()
    expect((await runStep(step)).status).toBe('COMPLETED')
  })

  it('cannot commit in any order', () => {
    const reader = new CompositeItemReader([new Keyed(['a'])])
    const build = () => chunkStep('any', { chunkSize: 1, reader, writer: () => undefined, commitOrder: 'any' })
    expect(build).toThrow(/commitOrder.*name ranges/)
  })

  it('takes of each pool what the greediest of its readers takes, since one is open at a time', () => {
    const [pool, other] = [{}, {}]
    const holding = (held: number, of: object) => ({ ...recorded('a', [], []), connections: { pool: of, held } })
    const reader = new CompositeItemReader([holding(1, pool), holding(2, pool), holding(1, other), [1]])
    expect(reader.connections).toEqual([
      { pool, held: 2 },
      { pool: other, held: 1 },
    ])
  })
})

describe('a PeekableItemReader', () => {
  const opened = async (items: readonly number[]) => {
    const reader = new PeekableItemReader(new ListItemReader(items))
    await reader.open(undefined, context)
    return reader
  }

  it('shows the next item without reading it, and the end', async () => {
    const reader = await opened([1, 2])
    expect([await reader.peek(context), await reader.peek(context), await reader.read(context)]).toEqual([1, 1, 1])
    expect([await reader.read(context), await reader.peek(context), await reader.read(context)]).toEqual([
      2,
      null,
      null,
    ])
  })

  it('has the position of what was read', async () => {
    const reader = await opened([1, 2, 3])
    await reader.read(context)
    await reader.peek(context)
    const position = reader.position()
    expect(position).toEqual({ count: 1 })
    await reader.open(position, context)
    expect(await reader.readChunk(5, context)).toEqual([2, 3])
  })

  it('gives what was looked at once, alone in its chunk', async () => {
    const reader = await opened([1, 2, 3])
    await reader.peek(context)
    expect([await reader.readChunk(5, context), await reader.readChunk(5, context)]).toEqual([[1], [2, 3]])
  })

  it('keeps the keys of its reader', async () => {
    const reader = new PeekableItemReader(new Keyed(['a', 'b']))
    await reader.open(undefined, context)
    await reader.peek(context)
    expect(reader.itemKey?.(await reader.readChunk(2, context), 0)).toBe('key of a')
    expect(new PeekableItemReader(['a']).itemKey).toBeUndefined()
  })
})

describe('a GroupingItemReader', () => {
  const run = (
    reader: ItemReader<readonly number[]> | (() => ItemReader<readonly number[]>),
    writer = new ListItemWriter<readonly number[]>(),
    repository = new MemoryJobRepository(),
  ) => {
    const step = chunkStep('groups', {
      chunkSize: 2,
      reader,
      writer,
      skip: { limit: 3, on: ['BAD', 'BATCH_GROUP_TOO_LARGE'] },
    })
    return runStep(step, { repository })
  }
  const tens = (item: number) => Math.floor(item / 10)

  it('leaves a read that is skipped out of its group, and reads the group to its end', async () => {
    const writer = new ListItemWriter<readonly number[]>()
    const inner = recorded('lines', [1, 2, 3, 11, 12, 13, 21], [], 12)
    const { counts } = await run(new GroupingItemReader({ reader: inner, by: tens }), writer)
    expect(counts).toMatchObject({ readSkip: 1, write: 3 })
    expect(writer.items).toEqual([[1, 2, 3], [11, 13], [21]])
  })

  it('is never split by a restart', async () => {
    const writer = new ListItemWriter<readonly number[]>()
    const repository = new MemoryJobRepository()
    const lines = [1, 2, 11, 12, 21, 22, 23, 31]
    const step = (fails: boolean) =>
      chunkStep('groups', {
        chunkSize: 1,
        reader: () => new GroupingItemReader({ reader: lines, by: tens }),
        processor: (group: readonly number[]) => {
          if (fails && group[0] === 21) throw BAD
          return group
        },
        writer,
      })
    expect((await runStep(step(true), { repository })).status).toBe('FAILED')
    expect((await runStep(step(false), { repository })).counts).toMatchObject({ read: 2 })
    expect(writer.items).toEqual([[1, 2], [11, 12], [21, 22, 23], [31]])
  })

  it('refuses a group that is too large when it has read it, so that it can be skipped', async () => {
    const writer = new ListItemWriter<readonly number[]>()
    const reader = new GroupingItemReader({ reader: [1, 2, 11, 12, 13, 14, 21, 31], by: tens, maxGroupSize: 3 })
    const { counts } = await run(reader, writer)
    expect(counts).toMatchObject({ readSkip: 1, write: 3 })
    expect(writer.items).toEqual([[1, 2], [21], [31]])
    const alone = new GroupingItemReader({ reader: [1, 2, 3], by: tens, maxGroupSize: 2 })
    await alone.open(undefined, context)
    await expect(alone.read(context)).rejects.toMatchObject({ code: 'BATCH_GROUP_TOO_LARGE', size: 3, maxGroupSize: 2 })
    expect(await alone.read(context)).toBeNull()
  })

  it.each([
    [{ reader: [1] }, 'by'],
    [{ reader: [1], by: tens, endOf: () => true }, 'by'],
    [{ reader: [1], by: 'tens' }, 'by'],
    [{ reader: [1], endOf: 3 }, 'endOf'],
    [{ reader: [1], by: tens, maxGroupSize: 0 }, 'maxGroupSize'],
    [{ reader: { read: () => null }, by: tens }, 'reader'],
    [{ reader: [1], by: tens, maxSize: 1 }, 'maxSize'],
  ])('checks its options: %o', (options, option) => {
    expect(() => new GroupingItemReader(options as never)).toThrow(
      expect.objectContaining({ option: `GroupingItemReader.${option}` }),
    )
  })
})

describe('a SynchronizedItemStreamReader', () => {
  it('has readChunk and keys only where its reader has', () => {
    const plain = new SynchronizedItemStreamReader(recorded('a', [], []))
    expect([plain.readChunk, plain.itemKey]).toEqual([undefined, undefined])
    const keyed = new SynchronizedItemStreamReader(new Keyed(['a']))
    expect(keyed.itemKey?.(['a'], 0)).toBe('key of a')
  })

  it('goes on behind a read that has failed', async () => {
    const reader = new SynchronizedItemStreamReader(recorded('a', [1, 2, 3], [], 2))
    await reader.open(undefined, context)
    const results = await Promise.allSettled([reader.read(context), reader.read(context), reader.read(context)])
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason))).toEqual([1, BAD, 3])
  })

  it('refuses a reader without a position', () => {
    expect(() => new SynchronizedItemStreamReader({ read: () => null } as never)).toThrow(/open, position and close/)
  })
})
