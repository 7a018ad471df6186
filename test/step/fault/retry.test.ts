import { chunkStep, JobOperator, job, MemoryJobRepository, PoolTaskExecutor, SqlError } from 'chunkwise'
import { ListItemWriter, ManualClock, type RecordedEvent, recordingListener, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers, settle } from '../deferred.js'

class Busy extends Error {}
const deadlock = () => new SqlError({ kind: 'deadlock', sqlState: '40P01' }, new Error('deadlock detected'))

/** A writer that fails so many times before it writes, and remembers what it was given. */
function failing(times: number, error: () => unknown = () => new Busy('busy')) {
  const list = new ListItemWriter<number>()
  const given: (readonly number[])[] = []
  return {
    list,
    given,
    writer: {
      transactional: true,
      usesClient: false,
      write(items: readonly number[], context: Parameters<typeof list.write>[1]) {
        given.push([...items])
        list.write(items, context)
        if (given.length <= times) throw error()
        ;(items as number[]).length = 0
      },
    },
  }
}

describe('a failed write', () => {
  it('is tried again in a new transaction with the same results, which are not processed again', async () => {
    const { writer, list, given } = failing(2)
    const processed: number[] = []
    const step = chunkStep('again', {
      chunkSize: 3,
      reader: numbers(3),
      processor: (item) => {
        processed.push(item)
        return item * 10
      },
      writer,
      retry: { maxAttempts: 3, on: [Busy] },
    })
    const execution = await runStep(step)
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { write: 3, rollback: 2, commit: 1 } })
    expect(given).toEqual([1, 2, 3].map(() => [10, 20, 30]))
    expect([processed, list.items]).toEqual([
      [1, 2, 3],
      [10, 20, 30],
    ])
  })

  it('fails the step after maxAttempts, of which the first is one', async () => {
    const { writer, given } = failing(9)
    const step = chunkStep('most', { chunkSize: 3, reader: numbers(3), writer, retry: { maxAttempts: 3, on: [Busy] } })
    expect(await runStep(step)).toMatchObject({ status: 'FAILED', counts: { write: 0, rollback: 3 } })
    expect(given).toHaveLength(3)
  })

  it('is not tried again when notOn names it, or nothing does', async () => {
    for (const retry of [
      { maxAttempts: 3, on: [Error], notOn: [Busy] },
      { maxAttempts: 3, on: [TypeError] },
    ]) {
      const { writer, given } = failing(9)
      await runStep(chunkStep('not', { chunkSize: 3, reader: numbers(3), writer, retry }))
      expect(given).toHaveLength(1)
    }
  })

  it('of a transient kind is tried five times without being named, after growing waits', async () => {
    const clock = new ManualClock()
    const { writer, given } = failing(9, deadlock)
    const running = runStep(chunkStep('transient', { chunkSize: 3, reader: numbers(3), writer }), { clock })
    const seen: number[] = []
    for (const wait of ['100ms', '200ms', '400ms', '800ms', '2s'] as const) {
      await settle()
      seen.push(given.length)
      await clock.advance(wait)
    }
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(await running).toMatchObject({ status: 'FAILED', counts: { rollback: 5 }, failures: [{ kind: 'deadlock' }] })
  })

  it('of a transient kind is recognized behind another error', async () => {
    const clock = new ManualClock()
    const { writer, given } = failing(1, () => new Error('could not save', { cause: deadlock() }))
    const running = runStep(chunkStep('wrapped', { chunkSize: 3, reader: numbers(3), writer }), { clock })
    await settle()
    await clock.advance('100ms')
    expect((await running).status).toBe('COMPLETED')
    expect(given).toHaveLength(2)
  })

  it('is never skipped while it is transient', async () => {
    const clock = new ManualClock()
    const { writer } = failing(9, deadlock)
    const skip = { limit: 10, on: [Error] }
    const running = runStep(chunkStep('kept', { chunkSize: 3, reader: numbers(3), writer, skip }), { clock })
    for (let wait = 0; wait < 5; wait++) {
      await settle()
      await clock.advance('2s')
    }
    expect(await running).toMatchObject({ status: 'FAILED', counts: { writeSkip: 0 } })
  })

  it('is skipped only when retry has given up', async () => {
    const { writer, given, list } = failing(2)
    const step = chunkStep('order', {
      chunkSize: 2,
      reader: numbers(2),
      writer,
      retry: { maxAttempts: 2, on: [Busy] },
      skip: { limit: 1, on: [Busy] },
    })
    expect((await runStep(step)).counts).toMatchObject({ write: 2, writeSkip: 0, rollback: 2 })
    expect(given).toEqual([[1, 2], [1, 2], [1], [2]])
    expect(list.items).toEqual([1, 2])
  })

  it('waits without a transaction, while other chunks are processed', async () => {
    const clock = new ManualClock()
    const { writer } = failing(1)
    const processed: number[] = []
    const step = chunkStep('waits', {
      chunkSize: 1,
      reader: numbers(4),
      processor: (item) => {
        processed.push(item)
        return item
      },
      writer,
      concurrency: 2,
      retry: { maxAttempts: 2, on: [Busy], backoff: '1h' },
    })
    const running = runStep(step, { clock })
    await settle()
    expect(processed).toEqual([1, 2, 3, 4])
    await clock.advance('1h')
    expect((await running).status).toBe('COMPLETED')
  })

  it('that waits is ended by a stop, and restarts where it was', async () => {
    const clock = new ManualClock()
    const repository = new MemoryJobRepository({ clock })
    const { writer, list } = failing(1)
    const retry = { maxAttempts: 2, on: [Busy], backoff: '1h' } as const
    const made = job('stop')
      .start(chunkStep('stop', { chunkSize: 2, reader: numbers(4), writer, retry }))
      .build()
    await using operator = new JobOperator({ repository, clock })
    const handle = await operator.start(made)
    await settle()
    await handle.stop()
    const stopped = await handle.result
    expect([stopped.status, list.items]).toEqual(['STOPPED', []])
    expect((await operator.run(made)).status).toBe('COMPLETED')
    expect(list.items).toEqual([1, 2, 3, 4])
  })
})

describe('a failed item', () => {
  it('is processed again in place, and the others once', async () => {
    const calls: number[] = []
    const list = new ListItemWriter<number>()
    for (const itemConcurrency of [1, 3]) {
      const failed = new Set<number>()
      const step = chunkStep('item', {
        chunkSize: 4,
        itemConcurrency,
        reader: numbers(4),
        processor: (item) => {
          calls.push(item)
          if (item % 2 === 1 || failed.has(item)) return item
          failed.add(item)
          if (item === 2) throw new Busy('sync')
          return Promise.reject(new Busy('async'))
        },
        writer: list,
        retry: { maxAttempts: 2, on: [Busy] },
      })
      expect(await runStep(step)).toMatchObject({ status: 'COMPLETED', counts: { rollback: 0, write: 4 } })
    }
    expect(list.items).toEqual([...numbers(4), ...numbers(4)])
    expect(calls.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4, 4])
  })

  it('leaves its slot of the executor to others while it waits', async () => {
    const clock = new ManualClock()
    const taskExecutor = new PoolTaskExecutor({ corePoolSize: 1 })
    const list = new ListItemWriter<number>()
    let fails = true
    const step = chunkStep('slot', {
      chunkSize: 1,
      reader: [1],
      processor: (item) => {
        if (!fails) return item
        fails = false
        throw new Busy()
      },
      writer: list,
      taskExecutor,
      retry: { maxAttempts: 2, on: [Busy], backoff: '1m' },
    })
    const running = runStep(step, { clock })
    await settle()
    expect(await taskExecutor.submit(() => 'mine')).toBe('mine')
    await clock.advance('1m')
    expect((await running).status).toBe('COMPLETED')
    await taskExecutor.shutdown()
  })
})

describe('a retry', () => {
  it('is told with what failed, how often, and how long it waits', async () => {
    const events: RecordedEvent[] = []
    const { writer } = failing(2)
    let once = true
    const step = chunkStep('told', {
      chunkSize: 1,
      reader: [1],
      processor: (item) => {
        if (!once) return item
        once = false
        throw new Busy('item')
      },
      writer,
      retry: { maxAttempts: 3, on: [Busy] },
      listeners: [recordingListener(events)],
    })
    await runStep(step)
    const told = events.filter(({ event }) => event === 'onRetry').map(({ args }) => args.slice(0, 2))
    expect(told).toEqual([
      [new Busy('item'), { phase: 'process', attempt: 1, delay: 0 }],
      [new Busy('busy'), { phase: 'write', attempt: 1, delay: 0 }],
      [new Busy('busy'), { phase: 'write', attempt: 2, delay: 0 }],
    ])
    const names = events.map(({ event }) => event).filter((event) => event.startsWith('on'))
    expect(names).toEqual(['onProcessError', 'onRetry', 'onWriteError', 'onRetry', 'onWriteError', 'onRetry'])
  })

  it('may be decided by a policy of one’s own', async () => {
    const asked: number[] = []
    const { writer } = failing(3)
    const retry = {
      shouldRetry: (error: unknown, attempt: number) => error instanceof Busy && asked.push(attempt) < 4,
      delay: () => 0,
    }
    const step = chunkStep('own', { chunkSize: 1, reader: [1], writer, retry })
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect(asked).toEqual([1, 2, 3])
  })

  it('fails the step with both errors when the policy throws or does not answer at once', async () => {
    const { writer } = failing(9)
    const answers: (() => boolean)[] = [
      () => {
        throw new Error('policy')
      },
      () => Promise.resolve(true) as unknown as boolean,
    ]
    for (const shouldRetry of answers) {
      const step = chunkStep('both', { chunkSize: 1, reader: [1], writer, retry: { shouldRetry, delay: () => 0 } })
      const { failures, counts } = await runStep(step)
      expect(failures[0]).toMatchObject({ errors: [new Busy('busy'), expect.any(Error)], cause: new Busy('busy') })
      expect(counts.rollback).toBe(1)
    }
  })
})
