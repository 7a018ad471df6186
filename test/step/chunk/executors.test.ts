import { AsyncLocalStorage } from 'node:async_hooks'
import { chunkStep, job, JobOperator, MemoryJobRepository, PoolTaskExecutor, SyncTaskExecutor } from 'chunkwise'
import { ListItemWriter, runJob, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'

describe('a step with a task executor', () => {
  it("processes as many chunks at once as the executor's core, unless it says its own concurrency", async () => {
    for (const [concurrency, expected] of [
      [undefined, 4],
      [2, 2],
    ] as const) {
      const gate = new Deferred()
      let started = 0
      const step = chunkStep('core', {
        chunkSize: 1,
        reader: numbers(10),
        processor: async (item) => {
          started++
          await gate.promise
          return item
        },
        writer: () => undefined,
        taskExecutor: new PoolTaskExecutor({ corePoolSize: 4 }),
        ...(concurrency === undefined ? {} : { concurrency }),
      })
      const running = runStep(step)
      await settle()
      expect(started).toBe(expected)
      gate.resolve()
      expect((await running).counts.write).toBe(10)
    }
  })

  it('shares it with another job: together they never exceed it, and both finish', async () => {
    const executor = new PoolTaskExecutor({ corePoolSize: 2 })
    let running = 0
    let most = 0
    const make = (name: string, writer: ListItemWriter<number>) =>
      job(name)
        .start(
          chunkStep('share', {
            chunkSize: 3,
            reader: numbers(30),
            processor: async (item) => {
              most = Math.max(most, ++running)
              await settle()
              running--
              return item
            },
            writer,
            taskExecutor: executor,
          }),
        )
        .build()
    const writers = [new ListItemWriter<number>(), new ListItemWriter<number>()]
    const results = await Promise.all(writers.map((writer, index) => runJob(make(`job ${index}`, writer))))
    expect(results.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED'])
    for (const writer of writers) expect(writer.items).toEqual(numbers(30))
    expect(most).toBe(2)
    expect(await executor.shutdown()).toBe(true)
  })

  it.each([
    ['a pool of one', () => new PoolTaskExecutor({ corePoolSize: 1 })],
    ['the caller', () => new SyncTaskExecutor()],
  ])('runs in %s', async (_, executor) => {
    const writer = new ListItemWriter<number>()
    const step = chunkStep('one', {
      chunkSize: 2,
      reader: numbers(5),
      processor: async (item) => item,
      writer,
      taskExecutor: executor(),
    })
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect(writer.items).toEqual(numbers(5))
  })

  it('finishes inside a task of that executor, also when it has one slot only', async () => {
    const executor = new PoolTaskExecutor({ corePoolSize: 1 })
    const writer = new ListItemWriter<number>()
    const step = (name: string) =>
      chunkStep(name, { chunkSize: 1, reader: numbers(3), processor: async (n) => n, writer, taskExecutor: executor })
    const both = await Promise.all(['a', 'b'].map((name) => executor.submit(() => runStep(step(name)))))
    expect(both.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED'])
    expect(writer.items).toHaveLength(6)
  })

  it('fails when a chunk is rejected, and loses nothing over the restart', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const executor = new PoolTaskExecutor({ corePoolSize: 1, queueCapacity: 0, rejectionPolicy: 'abort' })
    const step = (concurrency: number) =>
      chunkStep('rejected', {
        chunkSize: 2,
        reader: numbers(12),
        processor: async (item) => {
          await settle()
          return item
        },
        writer,
        taskExecutor: executor,
        concurrency,
      })
    const first = await runStep(step(3), { repository })
    expect(first).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TASK_REJECTED' }] })
    expect(writer.items).toEqual(numbers(first.counts.write))
    expect((await runStep(step(1), { repository })).status).toBe('COMPLETED')
    expect(writer.items).toEqual(numbers(12))
  })

  it('fails when the executor is shut down', async () => {
    const executor = new PoolTaskExecutor({ corePoolSize: 1 })
    await executor.shutdown()
    const step = chunkStep('shut', { chunkSize: 1, reader: [1], writer: () => undefined, taskExecutor: executor })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_EXECUTOR_SHUT_DOWN' }])
  })

  it("reads, processes, writes and listens in the AsyncLocalStorage of the host's start", async () => {
    const storage = new AsyncLocalStorage<string>()
    const executor = new PoolTaskExecutor({ corePoolSize: 2 })
    const seen = new Set<string>()
    const note = (place: string) => void seen.add(`${place}: ${storage.getStore()}`)
    const make = (name: string) =>
      chunkStep(name, {
        chunkSize: 1,
        reader: async function* () {
          note('read')
          yield* numbers(3)
        },
        processor: async (item) => {
          await settle()
          note('process')
          return item
        },
        writer: () => note('write'),
        taskExecutor: executor,
        itemConcurrency: 2,
        listeners: [{ afterChunk: () => note('afterChunk'), beforeChunk: () => note('beforeChunk') }],
      })
    await using operator = new JobOperator({ repository: new MemoryJobRepository() })
    const run = (name: string) => storage.run(name, () => operator.run(job(name).start(make('step')).build()))
    await Promise.all([run('one'), run('two')])
    const places = ['read', 'process', 'write', 'beforeChunk', 'afterChunk']
    expect([...seen].toSorted()).toEqual(places.flatMap((place) => [`${place}: one`, `${place}: two`]).toSorted())
  })
})
