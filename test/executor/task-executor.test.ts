import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { ExecutorShutDownError } from '../../src/executor/executor-errors.js'
import { PoolTaskExecutor } from '../../src/executor/pool-task-executor.js'
import { SimpleAsyncTaskExecutor } from '../../src/executor/simple-async-task-executor.js'
import { SyncTaskExecutor } from '../../src/executor/sync-task-executor.js'
import type { TaskExecutor } from '../../src/executor/task-executor.js'
import type { Clock } from '../../src/support/clock.js'
import { Gate, settle, started } from './gate.js'

interface Alarm {
  readonly delay: number
  readonly ring: () => void
  cancelled: boolean
}

function alarmClock(): { clock: Clock; alarms: Alarm[] } {
  const alarms: Alarm[] = []
  const after: Clock['after'] = (delay, ring) => {
    const alarm: Alarm = { delay, ring, cancelled: false }
    alarms.push(alarm)
    return { cancel: () => void (alarm.cancelled = true) }
  }
  return { clock: { now: () => 0, monotonic: () => 0, after }, alarms }
}

const executors: [string, (clock?: Clock) => TaskExecutor][] = [
  ['SyncTaskExecutor', (clock) => new SyncTaskExecutor(clock && { clock })],
  ['SimpleAsyncTaskExecutor', (clock) => new SimpleAsyncTaskExecutor(clock && { clock })],
  ['PoolTaskExecutor', (clock) => new PoolTaskExecutor({ corePoolSize: 2, ...(clock && { clock }) })],
]

describe.each(executors)('%s', (name, create) => {
  it('resolves to what the task returns, at once or later', async () => {
    const executor = create()
    expect(await executor.submit(() => 1)).toBe(1)
    expect(await executor.submit(async () => 2)).toBe(2)
  })

  it('rejects with what the task throws, at once or later, and goes on', async () => {
    const executor = create()
    const failure = new Error('no')
    const thrown = executor.submit((): number => {
      throw failure
    })
    await expect(thrown).rejects.toBe(failure)
    await expect(executor.submit(() => Promise.reject(failure))).rejects.toBe(failure)
    expect(await executor.submit(() => 3)).toBe(3)
  })

  it('keeps the AsyncLocalStorage context of each submitter', async () => {
    const executor = create()
    const storage = new AsyncLocalStorage<number>()
    const submitted = Array.from({ length: 20 }, (_, n) =>
      storage.run(n, () =>
        executor.submit(async () => {
          const before = storage.getStore()
          await executor.whileWaiting(settle)
          return [before, storage.getStore()]
        }),
      ),
    )
    expect(await Promise.all(submitted)).toEqual(Array.from({ length: 20 }, (_, n) => [n, n]))
  })

  it('is idle when nothing was submitted and when the last task has ended', async () => {
    const executor = create()
    await executor.onIdle()
    const gate = new Gate()
    let idle = false
    const ended = executor.submit(gate.task)
    const waiting = executor.onIdle().then(() => (idle = true))
    await settle()
    expect(idle).toBe(false)
    gate.open()
    await ended
    await waiting
    expect(idle).toBe(true)
  })

  it('settles a wait outside its tasks as the wait does', async () => {
    const executor = create()
    const failure = new Error('no')
    expect(await executor.whileWaiting(async () => 1)).toBe(1)
    await expect(executor.whileWaiting(() => Promise.reject(failure))).rejects.toBe(failure)
    const thrown = executor.whileWaiting(() => {
      throw failure
    })
    await expect(thrown).rejects.toBe(failure)
  })

  it('takes no task after its shutdown', async () => {
    const executor = create()
    expect(await executor.shutdown()).toBe(true)
    let ran = false
    const error = await executor.submit(() => (ran = true)).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ExecutorShutDownError)
    expect(error).toMatchObject({ code: 'BATCH_EXECUTOR_SHUT_DOWN', executor: name })
    expect(ran).toBe(false)
  })

  it('waits for running tasks in a shutdown, and cancels its timer', async () => {
    const { clock, alarms } = alarmClock()
    const executor = create(clock)
    const gate = new Gate()
    const ended = executor.submit(gate.task)
    await settle()
    const shutdown = executor.shutdown({ drain: false, timeout: '5s' })
    gate.open()
    await ended
    expect(await shutdown).toBe(true)
    expect(alarms).toMatchObject([{ delay: 5000, cancelled: true }])
  })

  it('resolves a shutdown to false when the timeout passes first, and the task goes on', async () => {
    const { clock, alarms } = alarmClock()
    const executor = create(clock)
    const gate = new Gate()
    const ended = executor.submit(gate.task)
    const shutdown = executor.shutdown({ timeout: 10 })
    await settle()
    alarms[0]?.ring()
    expect(await shutdown).toBe(false)
    gate.open()
    await ended
    expect(await executor.shutdown()).toBe(true)
  })

  it('checks the options of its shutdown and stays open when they are wrong', async () => {
    const executor = create()
    await expect(executor.shutdown({ timeout: -1 })).rejects.toMatchObject({ option: `${name}.shutdown.timeout` })
    await expect(executor.shutdown({ drain: null as never })).rejects.toMatchObject({
      option: `${name}.shutdown.drain`,
    })
    expect(await executor.submit(() => 1)).toBe(1)
  })
})

describe('SyncTaskExecutor', () => {
  it('runs the task before submit returns', () => {
    const gate = new Gate()
    void new SyncTaskExecutor().submit(gate.task)
    expect(gate.started).toBe(true)
  })

  it('has a concurrency of 1', () => {
    expect(new SyncTaskExecutor().concurrency).toBe(1)
  })
})

describe('SimpleAsyncTaskExecutor', () => {
  it('starts every task without a limit', async () => {
    const executor = new SimpleAsyncTaskExecutor()
    const all = Array.from({ length: 200 }, () => new Gate())
    for (const gate of all) void executor.submit(gate.task)
    await settle()
    expect(started(all)).toBe('1'.repeat(200))
    expect(executor.concurrency).toBe(Infinity)
  })

  it('runs no more tasks than its limit', async () => {
    const executor = new SimpleAsyncTaskExecutor({ concurrencyLimit: 2 })
    const all = Array.from({ length: 4 }, () => new Gate())
    for (const gate of all) void executor.submit(gate.task)
    await settle()
    expect(started(all)).toBe('1100')
    all[1]?.open()
    await settle()
    expect(started(all)).toBe('1110')
    expect(executor.concurrency).toBe(2)
  })

  it.each([0, -1, 1.5, NaN, '2', null])('refuses a limit of %s', (concurrencyLimit) => {
    expect(() => new SimpleAsyncTaskExecutor({ concurrencyLimit: concurrencyLimit as number })).toThrow(
      expect.objectContaining({ option: 'SimpleAsyncTaskExecutor.concurrencyLimit', value: concurrencyLimit }),
    )
  })
})
