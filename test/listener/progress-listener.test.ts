import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  chunkStep,
  InvalidOptionError,
  job,
  listPartitioner,
  MemoryJobRepository,
  partitionStep,
  type Progress,
  progressListener,
  type StepContext,
} from 'chunkwise'
import { FlatFileItemReader } from 'chunkwise/file'
import { ManualClock, runJob, runStep } from 'chunkwise/testing'
import { describe, expect, test } from 'vitest'
import { NumbersReader } from '../step/chunk/numbers-reader.js'
import { numbers } from '../step/deferred.js'

/** A listener, what it was told, and a writer that takes a second for each chunk and fails at an item, once. */
function watched(every: `${number}s` | 0, failAt = 0) {
  const told: Progress[] = []
  const clock = new ManualClock()
  let failed = false
  const writer = async (items: readonly number[]): Promise<void> => {
    await clock.advance('1s')
    if (failed || !items.includes(failAt)) return
    failed = true
    throw new Error('once')
  }
  return { told, clock, writer, listeners: [progressListener((progress) => void told.push(progress), { every })] }
}

const seen = (told: readonly Progress[]) => told.map(({ items, total, status }) => [items, total, status])

describe('progress', () => {
  test('is told at the beginning, at most once an interval behind committed chunks, and at the end', async () => {
    const { told, clock, writer, listeners } = watched('2s')
    const step = chunkStep('load', { chunkSize: 10, reader: numbers(50), writer })
    await runJob(job('nightly', { listeners }).start(step).build(), {}, { clock })
    expect(seen(told)).toEqual([
      [0, 50, 'STARTED'],
      [20, 50, 'STARTED'],
      [40, 50, 'STARTED'],
      [50, 50, 'COMPLETED'],
    ])
    expect(told[1]).toMatchObject({
      ...{ jobName: 'nightly', stepName: 'load', fraction: 0.4, rate: 10, elapsed: 2_000, timeLeft: 3_000 },
      ...{ extent: undefined, partitions: undefined },
    })
    expect(told[3]).toMatchObject({ fraction: 1, timeLeft: 0, elapsed: 5_000 })
  })

  test.each(['read', 'any'] as const)(
    'counts what earlier executions have committed, and nothing twice, at commit order %s',
    async (commitOrder) => {
      const { told, clock, writer, listeners } = watched(0, 25)
      const table = new Set(numbers(40))
      const step = chunkStep('load', { chunkSize: 10, reader: () => new NumbersReader(table), writer, commitOrder })
      const nightly = job('nightly', { listeners }).start(step).build()
      const repository = new MemoryJobRepository()
      await runJob(nightly, {}, { clock, repository })
      expect(seen(told).map(([items, , status]) => [items, status])).toEqual([
        [0, 'STARTED'],
        [10, 'STARTED'],
        [20, 'STARTED'],
        [20, 'FAILED'],
      ])
      told.length = 0
      await runJob(nightly, {}, { clock, repository })
      expect(told.map(({ items }) => items)).toEqual([20, 30, 40, 40])
      expect(told.at(-1)).toMatchObject({ status: 'COMPLETED', total: undefined, rate: 10 })
      expect(told[1]).toMatchObject({ fraction: undefined, timeLeft: undefined })
    },
  )

  test('time left goes by what this execution has done', async () => {
    const { told, clock, writer, listeners } = watched(0, 35)
    const step = chunkStep('load', { chunkSize: 10, reader: () => numbers(50), writer })
    const nightly = job('nightly', { listeners }).start(step).build()
    const repository = new MemoryJobRepository()
    await runJob(nightly, {}, { clock, repository })
    told.length = 0
    await runJob(nightly, {}, { clock, repository })
    expect(told.map(({ fraction, timeLeft }) => [fraction, timeLeft])).toEqual([
      [0.6, undefined],
      [0.8, 1_000],
      [1, 0],
      [1, 0],
    ])
  })

  test('of partitions is summed, over restarts too, and told of the step that has them', async () => {
    const { told, clock, writer, listeners } = watched(0, 13)
    const worker = chunkStep('worker', {
      chunkSize: 2,
      reader: ({ executionContext }: StepContext) => executionContext.get<number[]>('values') ?? [],
      writer,
    })
    const step = partitionStep('load', { partitioner: listPartitioner(numbers(18)), step: worker, gridSize: 3 })
    const nightly = job('nightly', { listeners }).start(step).build()
    const repository = new MemoryJobRepository()
    expect((await runJob(nightly, {}, { clock, repository })).status).toBe('FAILED')
    const [first, last] = [told[0], told.at(-1)]
    expect(first).toMatchObject({ stepName: 'load', items: 0, partitions: { completed: 0, total: 3 } })
    expect(last).toMatchObject({ status: 'FAILED', partitions: { completed: 2, total: 3 }, total: 18 })
    expect(told.map(({ items }) => items)).toEqual(told.map(({ items }) => items).toSorted((a, b) => a - b))
    const before = last?.items ?? NaN
    told.length = 0
    const execution = await runJob(nightly, {}, { clock, repository })
    expect(told[0]).toMatchObject({ items: before, partitions: { completed: 2, total: 3 } })
    expect(told.at(-1)).toMatchObject({ items: 18, total: 18, fraction: 1, partitions: { completed: 3, total: 3 } })
    expect(execution.stepExecutions[0]?.counts.read).toBe(18)
    expect(new Set(told.map(({ stepName }) => stepName))).toEqual(new Set(['load']))
  })

  test('of a listener of the step that partitions run is told of each of them', async () => {
    const { told, writer, listeners } = watched(0)
    const worker = chunkStep('worker', {
      chunkSize: 2,
      reader: ({ executionContext }: StepContext) => executionContext.get<number[]>('values') ?? [],
      writer,
      listeners,
    })
    await runStep(partitionStep('load', { partitioner: listPartitioner(numbers(4)), step: worker, gridSize: 2 }))
    const ended = told.filter(({ status }) => status === 'COMPLETED')
    expect(ended.map(({ items, total }) => [items, total])).toEqual([
      [2, 2],
      [2, 2],
    ])
    expect(new Set(ended.map(({ stepName }) => stepName)).size).toBe(2)
  })

  test('of a file is told in bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chunkwise-progress-'))
    try {
      const resource = join(folder, 'users.csv')
      writeFileSync(resource, 'id\n1\n2\n3\n4\n')
      const { told, clock, writer, listeners } = watched(0)
      const reader = () => new FlatFileItemReader({ resource, header: true, columns: { id: 'long' } })
      const toNumber = ({ id }: { readonly id: number }): number => id
      await runStep(chunkStep('load', { chunkSize: 2, reader, processor: toNumber, writer, listeners }), { clock })
      expect(told.map(({ items, extent }) => [items, extent?.done, extent?.total, extent?.unit])).toEqual([
        [0, 0, 11, 'bytes'],
        [2, 7, 11, 'bytes'],
        [4, 11, 11, 'bytes'],
        [4, 11, 11, 'bytes'],
      ])
      expect(told[1]?.fraction).toBeCloseTo(7 / 11)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('an error of who is told fails the step; behind the end it is recorded', async () => {
    const failing = (at: string) =>
      progressListener(
        ({ status }) => {
          if (status === at) throw new Error(`told ${at}`)
        },
        { every: 0 },
      )
    const run = (at: string) =>
      runStep(chunkStep('load', { chunkSize: 1, reader: [1], writer: () => {}, listeners: [failing(at)] }))
    expect(await run('STARTED')).toMatchObject({ status: 'FAILED', failures: [new Error('told STARTED')] })
    expect(await run('COMPLETED')).toMatchObject({ status: 'COMPLETED', failures: [new Error('told COMPLETED')] })
  })

  test('a total that comes late, or as a promise, is asked for until it is there', async () => {
    const { told, clock, writer, listeners } = watched(0)
    let next = 0
    const reader = {
      read: () => (next === 3 ? null : ++next),
      total: async () => (next < 2 ? undefined : 3),
    }
    await runStep(chunkStep('load', { chunkSize: 1, reader: () => reader, writer, listeners }), { clock })
    expect(told.map(({ total }) => total)).toEqual([undefined, undefined, 3, 3, 3])
  })

  test.each([
    [() => progressListener(1 as never), 'progressListener.tell'],
    [() => progressListener(() => {}, { every: 'now' as never }), 'progressListener.every'],
    [() => progressListener(() => {}, { evry: 1 } as never), 'progressListener.evry'],
  ])('options that cannot work are refused', (make, option) => {
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(option)
  })
})
