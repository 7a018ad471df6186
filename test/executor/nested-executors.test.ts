import { chunkStep, job, PoolTaskExecutor, SimpleAsyncTaskExecutor } from 'chunkwise'
import { ListItemWriter, runJob } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../step/deferred.js'
import { Gate, settle } from './gate.js'

describe('a task inside tasks of other executors', () => {
  it('gives back the slot that a task around it holds', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const other = new SimpleAsyncTaskExecutor()
    const child = () => pool.whileWaiting(() => pool.submit(() => 'child'))
    expect(await pool.submit(() => other.submit(() => other.submit(child)))).toBe('child')
    await Promise.all([pool.onIdle(), other.onIdle()])
  })

  it('holds that slot again when its wait is over', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const other = new SimpleAsyncTaskExecutor()
    const next = new Gate()
    const started = await pool.submit(() =>
      other.submit(async () => {
        await pool.whileWaiting(() => pool.submit(() => 'child'))
        void pool.submit(next.task)
        await settle()
        return next.started
      }),
    )
    expect(started).toBe(false)
    next.open()
    await pool.onIdle()
  })

  it('gives back the innermost slot only, where tasks of one executor are nested', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 2 })
    const between = new SimpleAsyncTaskExecutor()
    const [third, fourth] = [new Gate(), new Gate()]
    await pool.submit(() =>
      between.submit(() =>
        pool.submit(() =>
          pool.whileWaiting(async () => {
            void pool.submit(third.task)
            void pool.submit(fourth.task)
            await settle()
            expect([third.started, fourth.started]).toEqual([true, false])
            third.open()
            fourth.open()
          }),
        ),
      ),
    )
    await pool.onIdle()
  })

  it('may run a job in a concurrent step of a job in a task of the one slot of the pool', async () => {
    const pool = new PoolTaskExecutor({ corePoolSize: 1 })
    const writer = new ListItemWriter<number>()
    const inner = (item: number) =>
      job('inner')
        .start(
          chunkStep('work', {
            chunkSize: 1,
            reader: numbers(3),
            processor: async (each: number) => each + 10 * item,
            writer,
            taskExecutor: pool,
          }),
        )
        .build()
    const outer = job('outer')
      .start(
        chunkStep('nest', {
          chunkSize: 1,
          concurrency: 2,
          reader: numbers(4),
          processor: async (item) => (await runJob(inner(item))).status,
          writer: () => undefined,
        }),
      )
      .build()
    const { status } = await pool.submit(() => runJob(outer))
    expect(status).toBe('COMPLETED')
    expect(writer.items).toHaveLength(12)
    await pool.onIdle()
  })
})
