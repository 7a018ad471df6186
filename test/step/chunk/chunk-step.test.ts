import {
  addCounts,
  chunkStep,
  type KeyedItemReader,
  MemoryJobRepository,
  type StepCounts,
  StopRequestedError,
  type WriteContext,
} from 'chunkwise'
import { failOnNth, ListItemReader, ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'

const NOTHING: StepCounts = {
  read: 0,
  write: 0,
  filter: 0,
  commit: 0,
  rollback: 0,
  readSkip: 0,
  processSkip: 0,
  writeSkip: 0,
}

const even = (item: number) => (item % 2 === 0 ? item : null)

describe('a chunk step', () => {
  it('writes what it reads, chunk by chunk', async () => {
    const writer = new ListItemWriter<number>()
    const execution = await runStep(chunkStep('copy', { chunkSize: 3, reader: numbers(7), writer }))
    expect(writer.chunks).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    expect(execution).toMatchObject({ status: 'COMPLETED', guarantee: 'exactly-once', failures: [] })
    expect(execution.counts).toEqual({ ...NOTHING, read: 7, write: 7, commit: 3 })
  })

  it('counts what it filters, so that the counts add up', async () => {
    const writer = new ListItemWriter<number>()
    const step = chunkStep('filter', { chunkSize: 4, reader: numbers(11), processor: even, writer })
    const { counts } = await runStep(step)
    expect(counts).toEqual({ ...NOTHING, read: 11, write: 5, filter: 6, commit: 3 })
    expect(writer.items).toEqual([2, 4, 6, 8, 10])
  })

  it('takes undefined from a processor for filtered, and 0, false and the empty text for results', async () => {
    const results = [0, undefined, false, '', null]
    const written: unknown[] = []
    const step = chunkStep('falsy', {
      chunkSize: 5,
      reader: [0, 1, 2, 3, 4],
      processor: (index): unknown => results[index],
      writer: (items) => void written.push(...items),
    })
    const { counts } = await runStep(step)
    expect(written).toEqual([0, false, ''])
    expect(counts).toMatchObject({ write: 3, filter: 2 })
  })

  it('commits a chunk whose items are all filtered without calling the writer', async () => {
    let calls = 0
    const step = chunkStep('none', { chunkSize: 2, reader: [1, 3, 5], processor: even, writer: () => void calls++ })
    const { counts, status } = await runStep(step)
    expect([status, calls, counts.commit, counts.filter]).toEqual(['COMPLETED', 0, 2, 3])
  })

  it('completes on an empty input with no chunk', async () => {
    const { status, counts } = await runStep(chunkStep('empty', { chunkSize: 2, reader: [], writer: () => undefined }))
    expect([status, counts]).toEqual(['COMPLETED', NOTHING])
  })

  it('counts what was read also when the writer empties the array it is given', async () => {
    const step = chunkStep('greedy', {
      chunkSize: 2,
      reader: numbers(4),
      writer: (items) => void (items as number[]).splice(0),
    })
    expect((await runStep(step)).counts).toMatchObject({ read: 4, write: 4 })
  })
})

describe('a failed write', () => {
  it('rolls its chunk back: rows and puts are gone, the chunks before stay', async () => {
    const writer = new ListItemWriter<number>()
    let chunk = 0
    const step = chunkStep('write', {
      chunkSize: 2,
      reader: numbers(6),
      writer: {
        transactional: true,
        write(items: readonly number[], context: WriteContext) {
          context.executionContext.put('chunk', ++chunk)
          writer.write(items, context)
          if (chunk === 2) throw new Error('disk full')
        },
      },
    })
    const repository = new MemoryJobRepository()
    const execution = await runStep(step, { repository })
    expect(writer.items).toEqual([1, 2])
    expect(execution.status).toBe('FAILED')
    expect(execution.counts).toEqual({ ...NOTHING, read: 2, write: 2, commit: 1, rollback: 1 })
    const stored = await repository.getStepExecution(execution.id)
    expect(stored?.executionContext.get('chunk')).toBe(1)
    expect(stored?.counts).toEqual(execution.counts)
  })

  it('describes the whole error: class, code, message and cause; the error itself is among the failures', async () => {
    class DiskError extends Error {
      override readonly name = 'DiskError'
      readonly code = 'ENOSPC'
    }
    const error = new DiskError('disk full', { cause: new TypeError('no block left') })
    const repository = new MemoryJobRepository()
    const step = chunkStep('describe', {
      chunkSize: 2,
      reader: [1],
      writer: () => {
        throw error
      },
    })
    const execution = await runStep(step, { repository })
    const stored = await repository.getStepExecution(execution.id)
    for (const { exitStatus } of [execution, stored!]) {
      expect(exitStatus.exitCode).toBe('FAILED')
      for (const part of ['DiskError', 'ENOSPC', 'disk full', 'TypeError', 'no block left']) {
        expect(exitStatus.exitDescription).toContain(part)
      }
    }
    expect(execution.failures).toEqual([error])
    expect(execution.failures[0]).toBe(error)
  })

  it.each([undefined, null, 'a text', 7, { message: 5 }])('fails the step also when %s is thrown', async (thrown) => {
    const step = chunkStep('odd', { chunkSize: 1, reader: [1], writer: () => Promise.reject(thrown) })
    const execution = await runStep(step)
    expect([execution.status, execution.failures]).toEqual(['FAILED', [thrown]])
    expect(execution.exitStatus.exitDescription).not.toBe('')
  })

  it('is a failure also when the writer throws the error of a stop that nobody asked for', async () => {
    const step = chunkStep('fake', {
      chunkSize: 1,
      reader: [1],
      writer: () => Promise.reject(new StopRequestedError()),
    })
    expect((await runStep(step)).status).toBe('FAILED')
  })
})

describe('a restart', () => {
  it('goes on exactly after the last committed chunk, whatever the chunk size is now', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const step = (chunkSize: number, failAt: number) =>
      chunkStep('copy', {
        chunkSize,
        reader: new ListItemReader(numbers(20)),
        processor: failOnNth(failAt, (item: number) => item),
        writer,
      })
    const first = await runStep(step(3, 8), { repository })
    const second = await runStep(step(5, 9), { repository })
    const third = await runStep(step(7, 100), { repository })
    expect([first.status, second.status, third.status]).toEqual(['FAILED', 'FAILED', 'COMPLETED'])
    expect(writer.items).toEqual(numbers(20))
    expect([first, second, third].map(({ counts }) => counts.read)).toEqual([6, 5, 9])
    const sum = [first, second, third].reduce((total, { counts }) => addCounts(total, counts), NOTHING)
    expect(sum).toMatchObject({ read: 20, write: 20 })
  })

  it('finds what the writer put with the last committed chunk', async () => {
    const repository = new MemoryJobRepository()
    const seen: unknown[] = []
    let fail = true
    const step = chunkStep('sum', {
      chunkSize: 2,
      reader: numbers(6),
      writer: (items, { executionContext }) => {
        const sum = executionContext.get<number>('sum') ?? 0
        seen.push(sum)
        executionContext.put(
          'sum',
          items.reduce((total, item) => total + item, sum),
        )
        if (fail && items.includes(5)) throw new Error('once')
      },
    })
    await runStep(step, { repository })
    fail = false
    await runStep(step, { repository })
    expect(seen).toEqual([0, 3, 10, 10])
  })

  it('gives an array that is shorter than what was committed a typed error, and completes nothing', async () => {
    const repository = new MemoryJobRepository()
    const step = (reader: number[], failAt: number) =>
      chunkStep('shrunk', {
        chunkSize: 1,
        reader,
        processor: failOnNth(failAt, (item: number) => item),
        writer: () => undefined,
      })
    await runStep(step(numbers(5), 4), { repository })
    const again = await runStep(step([1], 9), { repository })
    expect(again).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_POSITION' }] })
  })
})

describe('the keys of items', () => {
  const keysOf = (step: string, from: number, count: number) => numbers(count).map((n) => `:${step}:${from + n - 1}`)

  it('belong to the items, with filtering and over a restart', async () => {
    const repository = new MemoryJobRepository()
    const pairs: [string, number][] = []
    const seen = new Map<number, string>()
    let fail = true
    const step = chunkStep('keyed', {
      chunkSize: 4,
      reader: numbers(10),
      processor: (item, { key }) => {
        if (fail && item === 6) throw new Error('once')
        expect(seen.get(item) ?? key).toBe(key)
        seen.set(item, key)
        return even(item)
      },
      writer: (items, { keys }) =>
        void pairs.push(...items.map((item, index) => [keys[index]!, item] as [string, number])),
    })
    expect((await runStep(step, { repository })).status).toBe('FAILED')
    fail = false
    expect((await runStep(step, { repository })).status).toBe('COMPLETED')
    expect(pairs.map(([, item]) => item)).toEqual([2, 4, 6, 8, 10])
    for (const [key, item] of pairs) expect(key).toBe(seen.get(item))
    expect([...seen.values()].map((key) => key.slice(key.indexOf(':')))).toEqual(keysOf('keyed', 0, 10))
  })

  it('stay with the items also when the reader has no position and reads from the beginning again', async () => {
    const repository = new MemoryJobRepository()
    const seen = new Map<number, Set<string>>()
    let fail = true
    const step = chunkStep('again', {
      chunkSize: 2,
      reader: () => {
        const left = numbers(4)
        return { read: () => left.shift() ?? null }
      },
      processor: (item, { key }) => {
        seen.set(item, (seen.get(item) ?? new Set()).add(key))
        if (fail && item === 3) throw new Error('once')
        return item
      },
      writer: () => undefined,
    })
    expect((await runStep(step, { repository })).guarantee).toBe('at-least-once')
    fail = false
    await runStep(step, { repository })
    expect([...seen.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1])
  })

  it("are the reader's own where it names its items", async () => {
    const keys: string[] = []
    const answers = [['a', 'b', 'c'], []]
    const reader: KeyedItemReader<string> = {
      read: () => null,
      readChunk: () => answers.shift()!,
      itemKey: (items, index) => items[index]!.toUpperCase(),
    }
    const step = chunkStep('named', {
      chunkSize: 3,
      reader,
      processor: (item) => (item === 'b' ? null : item),
      writer: (_items, context) => void keys.push(...context.keys),
    })
    const { jobInstanceId } = await runStep(step)
    expect(keys).toEqual([`${jobInstanceId}:named:A`, `${jobInstanceId}:named:C`])
  })
})
