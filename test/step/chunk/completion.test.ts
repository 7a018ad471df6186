import {
  type ChunkBounds,
  chunkStep,
  type CompletionPolicy,
  type Json,
  type KeyedItemReader,
  MemoryJobRepository,
} from 'chunkwise'
import { ListItemReader, ListItemWriter, ManualClock, runStep } from 'chunkwise/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'

type Bounds = ChunkBounds<number> | CompletionPolicy<number>

/** The chunks that the bounds make of the numbers from 1. */
async function chunksOf(chunk: Bounds, count: number): Promise<readonly (readonly number[])[]> {
  const writer = new ListItemWriter<number>()
  const { status } = await runStep(chunkStep('bounds', { chunk, reader: numbers(count), writer }))
  expect(status).toBe('COMPLETED')
  return writer.chunks
}

describe('a chunk is complete', () => {
  it('with so many items, which are asked for at once', async () => {
    const sizes: number[] = []
    const answers = [[1, 2, 3], [4], []]
    const reader = {
      read: () => null,
      readChunk: (size: number) => {
        sizes.push(size)
        return answers.shift()!
      },
    }
    const writer = new ListItemWriter<number>()
    await runStep(chunkStep('items', { chunk: { items: 3 }, reader, writer }))
    expect(writer.chunks).toEqual([[1, 2, 3], [4]])
    expect(sizes).toEqual([3, 3, 3])
  })

  it('with the item that reaches the bytes', async () => {
    const chunk = { bytes: 10, sizeOf: (item: number) => item }
    expect(await chunksOf(chunk, 8)).toEqual([
      [1, 2, 3, 4],
      [5, 6],
      [7, 8],
    ])
  })

  it('with the bytes of its items as JSON, bigints included', async () => {
    const writer = new ListItemWriter<object>()
    const reader = [{ name: 'ä' }, { id: 1n }, { id: 2n }, { id: 3n }]
    // 13, 10, 10 and 10 bytes.
    await runStep(chunkStep('json', { chunk: { bytes: 20 }, reader, writer }))
    expect(writer.chunks.map(({ length }) => length)).toEqual([2, 2])
  })

  it('with the item that the predicate names', async () => {
    const asked: number[][] = []
    const until = (item: number, items: number) => {
      asked.push([item, items])
      return item % 3 === 0
    }
    expect(await chunksOf({ until }, 7)).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    expect(asked.slice(0, 4)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 1],
    ])
  })

  it('with whichever bound is reached first', async () => {
    const chunk = { items: 4, bytes: 100, sizeOf: (item: number) => 10 * item, until: (item: number) => item === 6 }
    expect(await chunksOf(chunk, 12)).toEqual([[1, 2, 3, 4], [5, 6], [7, 8], [9, 10], [11], [12]])
  })

  it('when a policy of its own says so', async () => {
    let started = 0
    const policy: CompletionPolicy<number> = {
      start() {
        const size = ++started
        let items = 0
        return { add: () => ++items === size }
      },
    }
    expect(await chunksOf(policy, 8)).toEqual([[1], [2, 3], [4, 5, 6], [7, 8]])
  })

  it('at the end of the input, and an empty input makes none', async () => {
    expect(await chunksOf({ bytes: 1000 }, 3)).toEqual([[1, 2, 3]])
    expect(await chunksOf({ bytes: 1000 }, 0)).toEqual([])
  })

  it('with every item, whatever stops, restarts, and bounds there are', async () => {
    const bounds = fc.record(
      { items: fc.integer({ min: 1, max: 6 }), bytes: fc.integer({ min: 1, max: 9 }), time: fc.constant(1000) },
      { requiredKeys: ['bytes'] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(bounds, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(20)), async (all, fails) => {
        const repository = new MemoryJobRepository()
        const writer = new ListItemWriter<number>()
        for (const fail of [...fails, -1]) {
          const step = chunkStep('random', {
            chunk: all[(fail + 1) % all.length]!,
            reader: () => new ListItemReader(numbers(20)),
            processor: async (item) => {
              if (item === fail) throw new Error('planned')
              return item
            },
            writer,
            allowStartIfComplete: false,
          })
          await runStep(step, { repository }).catch(() => undefined)
        }
        expect(writer.items).toEqual(numbers(20))
      }),
      { numRuns: 50 },
    )
  })
})

/** A reader whose items come when the test says so. */
class SlowReader {
  readonly #waiting: Deferred<number | null>[] = []
  #count = 0
  /** Reads begun. */
  begun = 0
  closedWhileReading: boolean | undefined

  open(position: Json | undefined): void {
    this.#count = (position as number | undefined) ?? 0
  }

  async read(): Promise<number | null> {
    const answer = new Deferred<number | null>()
    this.#waiting.push(answer)
    // A reader may count when it is asked.
    this.#count++
    this.begun++
    return answer.promise
  }

  position(): number {
    return this.#count
  }

  close(): void {
    this.closedWhileReading = this.#waiting.length > 0
  }

  async give(...items: (number | null)[]): Promise<void> {
    for (const item of items) {
      this.#waiting.shift()!.resolve(item)
      await settle()
    }
  }

  fail(error: Error): void {
    this.#waiting.shift()!.reject(error)
  }
}

describe('a chunk that has been open for its time', () => {
  const start = async (options: object = {}) => {
    const clock = new ManualClock()
    const reader = new SlowReader()
    const writer = new ListItemWriter<number>()
    const repository = new MemoryJobRepository()
    const step = chunkStep('timed', { chunk: { items: 3, time: '10s' }, reader, writer, ...options })
    const running = runStep(step, { clock, repository })
    await settle()
    return { clock, reader, writer, running, repository }
  }

  it('is complete with what has been read, and the item under way begins the next one', async () => {
    const { clock, reader, writer, running } = await start()
    await reader.give(1, 2)
    await clock.advance('10s')
    await settle()
    expect(writer.chunks).toEqual([[1, 2]])
    await reader.give(3, 4, 5)
    expect(writer.chunks).toEqual([
      [1, 2],
      [3, 4, 5],
    ])
    await reader.give(null)
    const { status, counts } = await running
    expect([status, counts.read, clock.timers]).toEqual(['COMPLETED', 5, 0])
  })

  it('counts from its first item, so that an empty one waits as long as it takes', async () => {
    const { clock, reader, writer, running } = await start()
    await clock.advance('60s')
    await reader.give(1)
    await clock.advance('9s')
    await settle()
    expect(writer.chunks).toEqual([])
    await clock.advance('1s')
    await settle()
    expect(writer.chunks).toEqual([[1]])
    await reader.give(null)
    expect((await running).status).toBe('COMPLETED')
  })

  it('has the position behind its last item, though a read is under way', async () => {
    const { clock, reader, running } = await start()
    await reader.give(1, 2)
    expect(reader.begun).toBe(3)
    await clock.advance('10s')
    await settle()
    reader.fail(new Error('broken'))
    const { status, executionContext, failures } = await running
    expect([status, failures]).toEqual(['FAILED', [new Error('broken')]])
    expect(executionContext.get('chunkwise.reader')).toBe(2)
  })

  it('leaves nobody calling the reader when the step stops', async () => {
    const { clock, reader, writer, running } = await start({
      listeners: [
        {
          afterChunk: () => {
            throw new Error('enough')
          },
        },
      ],
    })
    await reader.give(1)
    await clock.advance('10s')
    await settle()
    expect([writer.items, reader.closedWhileReading]).toEqual([[1], undefined])
    await reader.give(2)
    expect((await running).failures).toEqual([new Error('enough')])
    expect([writer.items, reader.closedWhileReading]).toEqual([[1], false])
  })

  it('is noticed where a reader never waits', async () => {
    const clock = new ManualClock()
    const writer = new ListItemWriter<number>()
    let now = 0
    clock.monotonic = () => now
    const reader = {
      next: 0,
      read() {
        now += 1000
        return this.next < 5 ? ++this.next : null
      },
    }
    await runStep(chunkStep('sync', { chunk: { time: '2s' }, reader, writer }), { clock })
    expect(writer.chunks).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
  })
})

describe('the idempotency keys of items that are read one by one', () => {
  const keysOf = async (reader: object, chunk: Bounds) => {
    const keys: string[] = []
    const step = chunkStep('keys', {
      chunk,
      reader: reader as KeyedItemReader<number>,
      writer: (_items, context) => void keys.push(...context.keys),
    })
    expect((await runStep(step)).status).toBe('COMPLETED')
    return keys
  }
  const items = () => numbers(4)

  it("are the reader's own, of the item it read last", async () => {
    const left = items()
    let last = 0
    const reader = {
      read: () => {
        last = left.shift() ?? 0
        return last === 0 ? null : last
      },
      itemKey: () => expect.fail('no array of the reader'),
      lastKey: () => `k${last}`,
    }
    expect(await keysOf(reader, { bytes: 2 })).toEqual(['k1', 'k2', 'k3', 'k4'].map((key) => `1:keys:${key}`))
  })

  it('are those of its arrays, where it names items by them only', async () => {
    const left = items()
    const given = new WeakSet<object>()
    const reader = {
      read: () => expect.fail('its items have no keys'),
      readChunk: (size: number) => {
        const answer = left.splice(0, size)
        given.add(answer)
        return answer
      },
      itemKey: (array: readonly number[], index: number) => (given.has(array) ? `k${array[index]}` : expect.fail()),
    }
    expect(await keysOf(reader, { until: (item) => item === 3 })).toEqual(
      ['k1', 'k2', 'k3', 'k4'].map((key) => `1:keys:${key}`),
    )
  })
})

it('a failed read that is skipped belongs to the chunk that is being filled, and moves no key', async () => {
  const left: (number | Error)[] = [1, new TypeError('bad'), 2, 3, new TypeError('bad')]
  let last = 0
  const reader: KeyedItemReader<number> = {
    read() {
      const next = left.shift()
      if (next instanceof Error) throw next
      last = next ?? 0
      return next ?? null
    },
    itemKey: () => expect.fail('no array of the reader'),
    lastKey: () => `k${last}`,
  }
  const keys: (readonly string[])[] = []
  const step = chunkStep('skips', {
    chunk: { until: (item: number) => item === 2 },
    reader,
    writer: (_items, context) => void keys.push(context.keys),
    skip: { limit: 2, on: [TypeError] },
  })
  expect(await runStep(step)).toMatchObject({ status: 'COMPLETED', counts: { read: 3, readSkip: 2, write: 3 } })
  expect(keys).toEqual([['1:skips:k1', '1:skips:k2'], ['1:skips:k3']])
})

describe('the option chunk', () => {
  const make = (options: object) => () =>
    chunkStep('checked', { reader: [1], writer: () => undefined, ...options } as never)

  it.each<[object, string]>([
    [{ chunk: {} }, 'chunkStep("checked").chunk must be given with at least one of items, bytes, time and until'],
    [{ chunk: { items: 0 } }, 'chunk.items must be a whole number from 1, but is 0'],
    [{ chunk: { bytes: '1MB' } }, 'chunk.bytes must be a whole number from 1'],
    [{ chunk: { time: 0 } }, 'chunk.time must be a duration of at least 1 ms'],
    [{ chunk: { until: 3 } }, 'chunk.until must be a function of an item'],
    [{ chunk: { items: 1, sizeOf: () => 1 } }, 'chunk.bytes must be given beside `sizeOf`'],
    [{ chunk: { size: 10 } }, 'chunk.size must be'],
    [{ chunk: 10 }, 'chunkStep("checked").chunk must be bounds such as'],
    [{ chunk: { items: 1 }, chunkSize: 1 }, 'chunkSize must be left out when `chunk` is given, but is 1'],
    [{}, 'chunkSize must be a whole number from 1, but is undefined'],
  ])('refuses %j', (options, message) => {
    expect(make(options)).toThrow(message)
  })

  it('fails the step when sizeOf gives no size', async () => {
    const chunk = { bytes: 10, sizeOf: () => Number.NaN }
    const step = chunkStep('nan', { chunk, reader: [1], writer: () => undefined })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_INVALID_OPTION' }])
  })
})
