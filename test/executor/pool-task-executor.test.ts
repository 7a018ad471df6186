import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { ExecutorShutDownError, TaskRejectedError } from '../../src/executor/executor-errors.js'
import { PoolTaskExecutor, type PoolTaskExecutorOptions } from '../../src/executor/pool-task-executor.js'
import { Gate, gates, settle, started } from './gate.js'

function submitAll(pool: PoolTaskExecutor, all: readonly Gate[]): Promise<void>[] {
  return all.map((gate) => pool.submit(gate.task))
}

describe('a pool', () => {
  it('queues what its core does not hold, for ever when the queue has no bound', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 2, maxPoolSize: 4 })
    const all = gates(20)
    const ended = submitAll(pool, all)
    await settle()
    expect(started(all)).toBe(`11${'0'.repeat(18)}`)
    for (const gate of all) gate.open()
    await Promise.all(ended)
  })

  it('grows to its maximum only when the queue is full, and runs the oldest task first', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, maxPoolSize: 3, queueCapacity: 2 })
    const all = gates(5)
    void submitAll(pool, all.slice(0, 3))
    await settle()
    expect(started(all)).toBe('10000')
    void submitAll(pool, all.slice(3, 4))
    await settle()
    expect(started(all)).toBe('11000')
    void submitAll(pool, all.slice(4))
    await settle()
    expect(started(all)).toBe('11100')
  })

  it('shrinks to its core when the queue is empty', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, maxPoolSize: 3, queueCapacity: 1 })
    const first = gates(4)
    const ended = submitAll(pool, first)
    await settle()
    expect(started(first)).toBe('1110')
    for (const gate of first) gate.open()
    await Promise.all(ended)
    const second = gates(2)
    void submitAll(pool, second)
    await settle()
    expect(started(second)).toBe('10')
  })

  it('keeps grown slots while tasks queue', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, maxPoolSize: 2, queueCapacity: 2 })
    const all = gates(4)
    void submitAll(pool, all)
    all[0]?.open()
    await settle()
    expect(started(all)).toBe('1110')
    all[1]?.open()
    await settle()
    expect(started(all)).toBe('1111')
  })

  it('rejects with the sizes when full, under the policy abort', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, maxPoolSize: 2, queueCapacity: 1, rejectionPolicy: 'abort' })
    const all = gates(4)
    const ended = submitAll(pool, all)
    const error = await ended.pop()?.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TaskRejectedError)
    expect(error).toMatchObject({ code: 'BATCH_TASK_REJECTED', maxPoolSize: 2, queueCapacity: 1 })
    expect((error as Error).message).toContain('maxPoolSize: 2')
    for (const gate of all) gate.open()
    await Promise.all(ended)
    expect(started(all)).toBe('1110')
  })

  it('has room for the next task as soon as one has ended, under the policy abort', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 0, rejectionPolicy: 'abort' })
    let ran = 0
    for (let n = 0; n < 50; n++) await pool.submit(() => ran++)
    expect(ran).toBe(50)
  })

  it('waits for room in the order of submission, under the policy block', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 1 })
    const order: number[] = []
    await Promise.all(Array.from({ length: 10 }, (_, n) => pool.submit(() => void order.push(n))))
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('runs the task before submit returns when full, under the policy callerRuns', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 1, rejectionPolicy: 'callerRuns' })
    const all = gates(3)
    const ended = submitAll(pool, all)
    expect(started(all)).toBe('001')
    await settle()
    expect(started(all)).toBe('101')
    let idle = false
    const waiting = pool.onIdle().then(() => (idle = true))
    all[0]?.open()
    all[1]?.open()
    await settle()
    expect(idle).toBe(false)
    all[2]?.open()
    await Promise.all([...ended, waiting])
  })

  it('keeps the submitter’s context for tasks that run, queue, grow the pool, block and run in the caller', async () => {
    const storage = new AsyncLocalStorage<number>()
    for (const rejectionPolicy of ['block', 'callerRuns'] as const) {
      const pool = new PoolTaskExecutor({ corePoolSize: 1, maxPoolSize: 2, queueCapacity: 1, rejectionPolicy })
      const submitted = Array.from({ length: 6 }, (_, n) =>
        storage.run(n, () =>
          pool.submit(async () => {
            await settle()
            return storage.getStore()
          }),
        ),
      )
      expect(await Promise.all(submitted)).toEqual([0, 1, 2, 3, 4, 5])
    }
  })

  it('lets two submitters with three tasks each in flight go on side by side', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 2 })
    const log: string[] = []
    const submitter = async (name: string): Promise<void> => {
      let left = 10
      const lane = async (): Promise<void> => {
        while (left-- > 0) {
          await pool.submit(async () => {
            await settle()
            log.push(name)
          })
        }
      }
      await Promise.all([lane(), lane(), lane()])
    }
    await Promise.all([submitter('a'), submitter('b')])
    expect(log).toHaveLength(20)
    for (let end = 6; end <= 20; end++) {
      const done = log.slice(0, end)
      const ahead = done.filter((name) => name === 'a').length - done.filter((name) => name === 'b').length
      expect(Math.abs(ahead)).toBeLessThanOrEqual(3)
    }
  })
})

describe('a shutdown of a pool', () => {
  it('runs what queues and blocks when it drains', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 1 })
    const all = gates(4)
    const ended = submitAll(pool, all)
    await settle()
    const shutdown = pool.shutdown()
    for (const gate of all) gate.open()
    expect(await shutdown).toBe(true)
    await Promise.all(ended)
    expect(started(all)).toBe('1111')
  })

  it('rejects what queues and blocks at once when it does not drain', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 1 })
    const all = gates(3)
    const [running, ...queued] = submitAll(pool, all)
    await settle()
    const shutdown = pool.shutdown({ drain: false })
    for (const task of queued) await expect(task).rejects.toBeInstanceOf(ExecutorShutDownError)
    all[0]?.open()
    await running
    expect(await shutdown).toBe(true)
    expect(started(all)).toBe('100')
  })

  it('can be hurried by a second one', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const all = gates(2)
    const [running, queued] = submitAll(pool, all)
    await settle()
    const draining = pool.shutdown()
    const hurried = pool.shutdown({ drain: false })
    await expect(queued).rejects.toBeInstanceOf(ExecutorShutDownError)
    all[0]?.open()
    await running
    expect(await Promise.all([draining, hurried])).toEqual([true, true])
  })

  it('gives a running task that waited its slot again', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const child = new Gate()
    const parent = pool.submit(async () => {
      await pool.whileWaiting(() => pool.submit(child.task))
      return 'done'
    })
    await settle()
    const shutdown = pool.shutdown({ drain: false })
    child.open()
    expect(await parent).toBe('done')
    expect(await shutdown).toBe(true)
  })
})

describe('the options of a pool', () => {
  it.each<[string, PoolTaskExecutorOptions, string]>([
    ['no core', {} as PoolTaskExecutorOptions, 'corePoolSize must be a whole number from 1, but is undefined'],
    ['a core of 0', { corePoolSize: 0 }, 'corePoolSize must be a whole number from 1, but is 0'],
    ['a core of text', { corePoolSize: '4' as never }, 'corePoolSize must be a whole number from 1, but is "4"'],
    ['a fraction', { corePoolSize: 1, maxPoolSize: 1.5 }, 'maxPoolSize must be a whole number from 1, but is 1.5'],
    ['null', { corePoolSize: 1, maxPoolSize: null as never }, 'maxPoolSize must be a whole number from 1, but is null'],
    [
      'max below core',
      { corePoolSize: 4, maxPoolSize: 2 },
      'maxPoolSize must be at least the corePoolSize, 4, but is 2',
    ],
    [
      'a negative queue',
      { corePoolSize: 1, queueCapacity: -1 },
      'queueCapacity must be a whole number from 0, but is -1',
    ],
    ['discard', { corePoolSize: 1, rejectionPolicy: 'discard' as never }, `but is "discard"`],
    ['a clock that is none', { corePoolSize: 1, clock: {} as never }, 'clock must be a Clock, but is {}'],
    ['a typing mistake', { corePoolSize: 1, maxPoolsize: 2 } as never, 'maxPoolsize must be "maxPoolSize", but is 2'],
  ])('refuse %s', (_what, options, message) => {
    expect(() => new PoolTaskExecutor(options)).toThrow(InvalidOptionError)
    expect(() => new PoolTaskExecutor(options)).toThrow(message)
  })

  it('make the core size the concurrency of a step', () => {
    expect(new PoolTaskExecutor({ corePoolSize: 24, maxPoolSize: 128 }).concurrency).toBe(24)
  })
})
