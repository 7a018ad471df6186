import { randomUUID } from 'node:crypto'
import {
  chunkStep,
  flow,
  flowStep,
  job,
  JobOperator,
  jobStep,
  MemoryJobRepository,
  type Partition,
  partitionStep,
  PoolTaskExecutor,
  SimpleAsyncTaskExecutor,
  split,
  stepScope,
  type StepContext,
  TaskExecutorPartitionHandler,
} from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { ExecutionContext, putReserved } from '../../../src/domain/execution-context.js'
import { Deferred, numbers, settle } from '../deferred.js'
import { Bench, parts, valuesOf, Work } from './partition-bench.js'

const worker = new Work().step()
const partitioner = (): Partition[] => []
const onMemory = () => new Bench(new MemoryJobRepository())
const stream = { open: () => undefined, position: () => 0, close: () => undefined }
const factory = (context: StepContext) => valuesOf(context)

describe('partitionStep refuses', () => {
  const chunk = (options: object) =>
    chunkStep('w', { chunkSize: 1, reader: factory, writer: () => {}, ...options } as never)

  it.each([
    ['an array as the worker’s reader', { step: chunk({ reader: [1] }) }, 'reader'],
    ['a reader that is an instance', { step: chunk({ reader: { read: () => null } }) }, 'reader'],
    ['a writer with a place in its output', { step: chunk({ writer: { write() {}, ...stream } }) }, 'writer'],
    ['a processor that is opened', { step: chunk({ processor: { process: () => 1, ...stream } }) }, 'processor'],
    ['a flow', { step: flowStep('f', flow('inner').start(worker).build()) }, 'steps of its own'],
    [
      'a worker that runs again when it has completed',
      { step: chunk({ allowStartIfComplete: true }) },
      'not run again',
    ],
    ['a step that is none', { step: {} }, 'a step'],
    ['a partitioner that is none', { partitioner: [] }, 'a function, or an object with `partition`'],
    ['a grid size of 0', { gridSize: 0 }, 'from 1 to 10000'],
    ['a handler that is none', { handler: {} }, 'handle'],
    [
      'an executor beside a handler',
      { handler: { handle: () => undefined }, taskExecutor: new SimpleAsyncTaskExecutor() },
      'the handler has its own',
    ],
    ['an unknown option', { grid: 4 }, 'gridSize'],
  ])('%s', (_what, options, sentence) => {
    const make = () => partitionStep('load', { partitioner, step: worker, ...options } as never)
    expect(make).toThrow(expect.objectContaining({ code: 'BATCH_INVALID_OPTION' }))
    expect(make).toThrow(sentence)
  })

  it('nothing of a worker whose parts are made for each partition', () => {
    const written = stepScope(() => ({ write() {}, ...stream }))
    expect(partitionStep('load', { partitioner, step: chunk({ writer: written }) }).name).toBe('load')
  })

  it('another step of its job a name that a partition may have', () => {
    const load = partitionStep('load', { partitioner, step: worker })
    const other = chunkStep('load:1', { chunkSize: 1, reader: [1], writer: () => {} })
    expect(() => job('j').start(load).next(other).build()).toThrow('a partition of "load" may have it')
  })
})

describe('a partition that cannot be one fails the step before anything is stored', () => {
  it.each<[string, unknown[], string]>([
    ['two of one name', [...parts({ a: [1] }), ...parts({ a: [2] })], '"a": two have this name'],
    ['no name', [{ name: '', context: {} }], '""'],
    ['a name that is too long', [{ name: 'x'.repeat(96), context: {} }], 'has 101 characters'],
    ['a name that no database stores', [{ name: 'a\0', context: {} }], 'NUL'],
    ['no context', [{ name: 'a' }], '"a": its context must be an object'],
    ['a context that cannot be kept', [{ name: 'a', context: { now: () => 1 } }], '"a": its context has a value'],
    ['a reserved key', [{ name: 'a', context: { 'chunkwise.reader': 1 } }], '"a": its context has a value'],
    ['what is no partition', [undefined], 'a partition is { name, context }'],
  ])('%s', async (_what, given, sentence) => {
    const bench = onMemory()
    const execution = await bench.run(partitionStep('load', { partitioner: () => given as Partition[], step: worker }))
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_INVALID_PARTITION' }] })
    expect(String(execution.failures[0])).toContain(sentence)
    expect(await bench.statuses(execution)).toEqual(['load FAILED'])
  })

  it('a partitioner that gives no list', async () => {
    const step = partitionStep('load', { partitioner: () => 5 as never, step: worker })
    expect((await onMemory().run(step)).failures).toMatchObject([{ code: 'BATCH_INVALID_PARTITION', partition: 5 }])
  })

  it('a name of 100 characters with anything in it is taken', async () => {
    const bench = onMemory()
    const name = 'ä:/*%?😀 '.padEnd(95, 'x')
    const execution = await bench.run(
      partitionStep('load', { partitioner: () => parts({ [name]: [1] }), step: worker }),
    )
    expect(await bench.statuses(execution)).toEqual(['load COMPLETED', `load:${name} COMPLETED`])
  })
})

describe('at most gridSize partitions run at once', () => {
  async function mostAtOnce(options: object, count = 9): Promise<number> {
    const work = new Work()
    let running = 0
    let most = 0
    work.before = async () => {
      most = Math.max(most, ++running)
      await settle()
      running--
    }
    const lists = Object.fromEntries(numbers(count).map((n) => [`p${n}`, [n]]))
    const step = partitionStep('load', { partitioner: () => parts(lists), step: work.step(), ...options })
    const bench = onMemory()
    expect((await bench.run(step)).status).toBe('COMPLETED')
    expect(work.values).toEqual(numbers(count))
    return most
  }

  it('as it says, with an executor of more, of less, and without one', async () => {
    expect(await mostAtOnce({ gridSize: 3 })).toBe(3)
    expect(await mostAtOnce({ gridSize: 3, taskExecutor: new SimpleAsyncTaskExecutor() })).toBe(3)
    expect(await mostAtOnce({ gridSize: 3, taskExecutor: new PoolTaskExecutor({ corePoolSize: 2 }) })).toBe(2)
  })

  it('by default as many as the executor’s limit says, and four without one', async () => {
    expect(await mostAtOnce({ taskExecutor: new PoolTaskExecutor({ corePoolSize: 2 }) })).toBe(2)
    expect(await mostAtOnce({ taskExecutor: new SimpleAsyncTaskExecutor() })).toBe(4)
    expect(await mostAtOnce({})).toBe(4)
  })
})

it('a pool of one that is shared by a split, its partitions and their chunks comes to the end', async () => {
  const taskExecutor = new PoolTaskExecutor({ corePoolSize: 1 })
  const written: number[] = []
  const branch = <const N extends string>(name: N, from: number) => {
    const step = chunkStep('worker', {
      chunkSize: 1,
      reader: factory,
      processor: (value: number) => value,
      writer: (items: readonly number[]) => void written.push(...items),
      taskExecutor,
      concurrency: 3,
    })
    const lists = { a: [from, from + 1, from + 2], b: [from + 3, from + 4] }
    const load = partitionStep(name, { partitioner: () => parts(lists), step, taskExecutor, gridSize: 2 })
    return flow(`flow of ${name}`).start(load).build()
  }
  const both = split('both', [branch('one', 1), branch('two', 6)], { taskExecutor })
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(job('pool of one').start(both).build())
  expect(execution.status).toBe('COMPLETED')
  expect(written.toSorted((a, b) => a - b)).toEqual(numbers(10))
  expect(await taskExecutor.shutdown()).toBe(true)
})

it('an executor that takes no more partitions leaves them for the restart', async () => {
  const bench = onMemory()
  const work = new Work()
  const taskExecutor = new PoolTaskExecutor({ corePoolSize: 1 })
  work.before = () => void taskExecutor.shutdown()
  const options = { partitioner: () => parts({ a: [1], b: [2], c: [3] }), step: work.step() }
  const failed = await bench.run(partitionStep('load', { ...options, taskExecutor }))
  expect(failed.failures).toMatchObject([{ left: 2, cause: { code: 'BATCH_EXECUTOR_SHUT_DOWN' } }])
  expect((await bench.run(partitionStep('load', options))).status).toBe('COMPLETED')
  expect(work.values).toEqual([1, 2, 3])
})

it('a timeout of the step ends its workers, and none is left running behind it', async () => {
  const clock = new ManualClock()
  const bench = new Bench(new MemoryJobRepository({ clock }), { clock })
  const work = new Work()
  const begun = new Deferred()
  work.before = (value) => {
    if (value === 2) begun.resolve()
    return value === 2 ? new Promise(() => {}) : undefined
  }
  const options = { partitioner: () => parts({ a: [1], b: [2, 3], c: [4] }), step: work.step(), gridSize: 1 }
  const running = bench.run(partitionStep('load', { ...options, timeout: '10s' }))
  await begun.promise
  await clock.advance('10s')
  const execution = await running
  expect(execution.failures).toMatchObject([{ code: 'BATCH_TIMEOUT', subject: 'load' }])
  expect(await bench.statuses(execution)).toEqual([
    'load FAILED',
    'load:a COMPLETED',
    'load:b FAILED',
    'load:c STOPPED',
  ])
  expect(execution.stepExecutions[0]?.counts.write).toBe(1)
})

it('a step of one’s own between handler and partitions gets the request with all that a remote one needs', async () => {
  const bench = onMemory()
  const work = new Work()
  const inner = new TaskExecutorPartitionHandler()
  const requests: object[] = []
  const handler = {
    handle: async (request: Parameters<typeof inner.handle>[0]) => {
      requests.push(request)
      await inner.handle(request)
      const again = await request.run('a')
      expect(again).toMatchObject({ partition: 'a', status: 'FAILED', failures: [{ code: 'BATCH_INVALID_PARTITION' }] })
    },
  }
  const step = partitionStep('load', { partitioner: () => parts({ a: [1] }), step: work.step(), handler })
  const execution = await bench.run(step)
  expect(execution.status).toBe('COMPLETED')
  expect(requests).toMatchObject([
    {
      stepName: 'load',
      stepExecutionId: execution.stepExecutions[0]?.id,
      gridSize: 4,
      partitions: ['a'],
      lease: { jobExecutionId: execution.id, jobInstanceId: execution.jobInstance.id },
    },
  ])
})

it('a handler that goes on after it has returned begins no partition', async () => {
  let late: unknown
  const handler = {
    handle: async ({ run }: { run: (name: string) => Promise<unknown> }) => {
      await run('a')
      setImmediate(() => void run('b').then((result) => (late = result)))
    },
  }
  const work = new Work()
  const step = partitionStep('load', { partitioner: () => parts({ a: [1], b: [2] }), step: work.step(), handler })
  const bench = onMemory()
  expect((await bench.run(step)).failures).toMatchObject([{ partitions: ['b'] }])
  await settle()
  expect(late).toMatchObject({ status: 'FAILED' })
  expect(work.values).toEqual([1])
})

it('a handler that ends with the reason of a stop has not failed: the step is STOPPED', async () => {
  const handler = {
    handle: ({ signal }: { signal: AbortSignal }) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  }
  const bench = onMemory()
  const step = partitionStep('load', { partitioner: () => parts({ a: [1] }), step: worker, handler })
  const handle = await bench.operator.start(bench.job(step), {} as never)
  await settle()
  expect((await handle.stop()).status).toBe('STOPPED')
})

it('when the lease is lost, its workers end and nothing more is written; the next execution runs what is left', async () => {
  const bench = onMemory()
  const { repository } = bench
  const work = new Work()
  work.before = async (value) => {
    if (value !== 2) return
    work.before = () => undefined
    const [lease] = await repository.listLeases()
    const { ownerId } = await repository.openOwner({
      ownerId: randomUUID(),
      leaseDuration: 60_000,
      onSessionLost: () => undefined,
    })
    expect(await repository.takeOver(lease!, ownerId)).toBe(true)
  }
  const options = { partitioner: () => parts({ a: [1], b: [2, 3], c: [4] }), step: work.step(), gridSize: 1 }
  const step = partitionStep('load', options)
  const execution = await bench.run(step)
  expect(execution.status).toBe('FAILED')
  expect(execution.failures[0]).toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
  expect(await bench.statuses(execution)).toEqual([
    'load FAILED',
    'load:a COMPLETED',
    'load:b FAILED',
    'load:c STOPPED',
  ])
  const next = await bench.run(step)
  expect(next.status).toBe('COMPLETED')
  expect(await bench.statuses(next)).toEqual(['load COMPLETED', 'load:b COMPLETED', 'load:c COMPLETED'])
  expect(next.stepExecutions[0]?.counts.write).toBe(4)
})

it('a job may be a worker: an instance of its own for each partition, restarted with it', async () => {
  const bench = onMemory()
  let fails = true
  const written: string[] = []
  const child = job('child', { parameters: { region: 'string' } })
    .start(
      chunkStep('inside', {
        chunkSize: 1,
        reader: ({ parameters }: StepContext<{ region: string }>) => [parameters.region],
        writer: async ([region = '']: readonly string[]) => {
          if (fails && region === 'b') throw new Error('told to')
          written.push(region)
        },
      }),
    )
    .build()
  const step = jobStep('child', child, {
    parameters: ({ executionContext }: StepContext) => ({ region: executionContext.get<string>('region') ?? '' }),
  })
  const regions = ['a', 'b', 'c'].map((region) => ({ name: region, context: { region } }))
  const load = partitionStep('load', { partitioner: () => regions, step })
  expect((await bench.run(load)).status).toBe('FAILED')
  fails = false
  expect((await bench.run(load)).status).toBe('COMPLETED')
  expect(written.toSorted()).toEqual(['a', 'b', 'c'])
  expect(await bench.operator.instances('child')).toHaveLength(3)
})

it('items of different partitions have different idempotency keys', async () => {
  const keys: string[] = []
  const step = chunkStep('worker', {
    chunkSize: 2,
    reader: factory,
    writer: (_items: readonly number[], context) => void keys.push(...context.keys),
  })
  await onMemory().run(partitionStep('load', { partitioner: () => parts({ a: [1, 2], b: [3, 4] }), step }))
  expect(new Set(keys).size).toBe(4)
})

it('partitions may have partitions of their own', async () => {
  const bench = onMemory()
  const work = new Work()
  const inner = partitionStep('inner', {
    partitioner: (_gridSize, context) =>
      valuesOf(context).map((value) => ({ name: `${value}`, context: { values: [value] } })),
    step: work.step(),
  })
  const outer = partitionStep('outer', { partitioner: () => parts({ a: [1, 2], b: [3] }), step: inner })
  work.bad.add(2)
  expect((await bench.run(outer)).status).toBe('FAILED')
  work.bad.clear()
  const execution = await bench.run(outer)
  expect(await bench.statuses(execution)).toEqual(['outer COMPLETED', 'outer:a COMPLETED', 'outer:a:2 COMPLETED'])
  expect(work.values).toEqual([1, 2, 3])
  expect(execution.stepExecutions[0]?.counts.write).toBe(3)
})

describe('a partition that kills its process', () => {
  /** Leaves the job as a process does that died in partition `a`, having begun it. */
  async function die(bench: Bench, plan: boolean): Promise<void> {
    const { repository } = bench
    const ownerId = randomUUID()
    await repository.openOwner({ ownerId, leaseDuration: 0, onSessionLost: () => undefined })
    const request = { jobName: bench.name, parameters: new Map(), restartable: true, ownerId }
    const { id, jobInstance } = await repository.createJobExecution(request)
    const lease = { ownerId, jobInstanceId: jobInstance.id, jobExecutionId: id }
    const last = await repository.findStepHistory(jobInstance.id, 'load')
    const executionContext = last?.last.executionContext.copy() ?? new ExecutionContext()
    const manager = await repository.createStepExecution({ lease, stepName: 'load', executionContext })
    if (plan && last === undefined) {
      putReserved(executionContext, 'chunkwise.partitions', { gridSize: 1, names: ['a', 'b'], after: manager.id })
      const partitions = ['a', 'b'].map((name) => ({
        stepName: `load:${name}`,
        executionContext: new ExecutionContext(),
      }))
      await repository.createPartitions({ lease, stepExecution: { ...manager, executionContext }, partitions })
      const [planned] = await repository.listStepExecutions(jobInstance.id, 'load:a')
      await repository.updateStepExecution({ ...planned!, status: 'STARTED' }, lease)
    } else if (plan) {
      await repository.createStepExecution({ lease, stepName: 'load:a', executionContext: new ExecutionContext() })
    }
    await bench.operator.recover()
  }

  const step = partitionStep('load', { partitioner: () => parts({ a: [1], b: [2] }), step: worker, gridSize: 1 })

  it('is not run again after maxCrashes, and the others are', async () => {
    const bench = onMemory()
    for (let crash = 0; crash < 5; crash++) await die(bench, true)
    const operator = new JobOperator({ repository: bench.repository, jobs: [bench.job(step)] })
    const execution = await bench.run(step)
    expect(execution.failures).toMatchObject([
      { partitions: ['a'], left: 1, cause: { code: 'BATCH_CRASH_LOOP', stepName: 'load:a', crashes: 5 } },
    ])
    expect(await bench.statuses(execution)).toEqual(['load FAILED', 'load:b COMPLETED'])
    const handle = await operator.restart(execution, { ignoreCrashes: true })
    expect((await handle.result).status).toBe('COMPLETED')
    await operator.close()
  })

  it('is its step as long as there is no plan: a partitioner that kills the process is not called again', async () => {
    const bench = onMemory()
    for (let crash = 0; crash < 5; crash++) await die(bench, false)
    expect((await bench.run(step)).failures).toMatchObject([{ code: 'BATCH_CRASH_LOOP', stepName: 'load' }])
  })
})
