import {
  decision,
  job,
  type JobRepository,
  partitionStep,
  type PartitionStepOptions,
  PartitionsFailedError,
  type Partition,
  type StepExecution,
} from 'chunkwise'
import { beforeAll, describe, expect, it } from 'vitest'
import { Deferred } from '../deferred.js'
import { Bench, parts, STORES, Work } from './partition-bench.js'

describe.each(STORES)('a partitioned step, remembered in $name', ({ open }) => {
  let repository: JobRepository
  beforeAll(async () => {
    repository = await open()
  })

  function setUp(lists: Record<string, number[]>, options: Partial<PartitionStepOptions> = {}) {
    const bench = new Bench(repository)
    const work = new Work()
    const asked: number[] = []
    const partitioner = (gridSize: number): Partition[] => {
      asked.push(gridSize)
      return parts(lists)
    }
    const step = partitionStep('load', { partitioner, step: work.step(), gridSize: 3, ...options })
    return { bench, work, asked, step }
  }

  it('runs each partition in a step execution of its own, and its counts are their sums', async () => {
    const { bench, work, asked, step } = setUp({ a: [1, 2], b: [3], c: [] })
    const execution = await bench.run(step)
    expect(execution.status).toBe('COMPLETED')
    expect(asked).toEqual([3])
    expect(new Set(work.written.map(String))).toEqual(new Set(['load:a,1', 'load:a,2', 'load:b,3']))
    expect(await bench.statuses(execution)).toEqual([
      'load COMPLETED',
      'load:a COMPLETED',
      'load:b COMPLETED',
      'load:c COMPLETED',
    ])
    // Memory does not grow with partitions: the running execution has the step alone.
    expect(execution.stepExecutions).toMatchObject([{ stepName: 'load', counts: { read: 3, write: 3, commit: 3 } }])
    const stored = await bench.steps(execution)
    expect(stored[0]?.counts).toMatchObject({ read: 3, write: 3, commit: 3 })
    expect(stored.slice(1).map(({ counts }) => counts.write)).toEqual([2, 1, 0])
    expect(stored.every(({ startTime, endTime }) => startTime !== undefined && endTime !== undefined)).toBe(true)
  })

  it('runs the others to their end when one fails; a restart runs that one alone, and counts all', async () => {
    const { bench, work, asked, step } = setUp({ a: [1, 2], b: [3, 4, 5], c: [6] }, { gridSize: 1 })
    work.bad.add(4)
    const failed = await bench.run(step)
    const error = failed.failures[0] as PartitionsFailedError
    expect(error).toBeInstanceOf(PartitionsFailedError)
    expect(error).toMatchObject({ stepName: 'load', partitions: ['b'], left: 1, total: 3, cause: { message: 'bad 4' } })
    expect(error.message).toContain('1 of its 3 partitions: "b"')
    expect(await bench.statuses(failed)).toEqual([
      'load FAILED',
      'load:a COMPLETED',
      'load:b FAILED',
      'load:c COMPLETED',
    ])
    expect(work.values).toEqual([1, 2, 3, 6])
    work.bad.clear()
    let gridSize
    const changed = partitionStep('load', {
      partitioner: () => parts({ z: [9] }),
      step: work.step(),
      gridSize: 7,
      handler: {
        handle: async (request) => {
          gridSize = request.gridSize
          expect(request.partitions).toEqual(['b'])
          await request.run('b')
        },
      },
    })
    const execution = await bench.run(changed)
    expect(execution.status).toBe('COMPLETED')
    expect([asked, gridSize]).toEqual([[1], 1])
    expect(await bench.statuses(execution)).toEqual(['load COMPLETED', 'load:b COMPLETED'])
    // From its last committed chunk: an array restarts by count.
    expect(work.values).toEqual([1, 2, 3, 4, 5, 6])
    expect((await bench.steps(execution)).map(({ counts }) => counts.write)).toEqual([6, 2])
  })

  it('reaches every worker with a stop, and begins no other: these are STOPPED, not started, and run at the restart', async () => {
    const { bench, work, step } = setUp({ a: [1, 2], b: [3, 4], c: [5], d: [6] }, { gridSize: 2 })
    const both = new Deferred()
    const gate = new Deferred()
    let at = 0
    work.before = async () => {
      if (++at === 2) both.resolve()
      await gate.promise
    }
    const handle = await bench.operator.start(bench.job(step), {} as never)
    await both.promise
    const stopped = handle.stop()
    gate.resolve()
    const execution = await stopped
    expect(execution.status).toBe('STOPPED')
    const steps = await bench.steps(execution)
    expect(steps.map(({ status }) => status)).toEqual(Array(5).fill('STOPPED'))
    expect(steps.slice(3)).toMatchObject([
      { exitStatus: { exitCode: 'STOPPED', exitDescription: 'not started' }, startTime: undefined },
      { exitStatus: { exitCode: 'STOPPED', exitDescription: 'not started' }, startTime: undefined },
    ])
    expect(work.values).toEqual([1, 3])
    const restarted = await bench.run(step)
    expect(restarted.status).toBe('COMPLETED')
    expect(work.values).toEqual([1, 2, 3, 4, 5, 6])
    expect(restarted.stepExecutions[0]?.counts.write).toBe(6)
  })

  it('fails with what the partitioner throws, and has stored nothing; a restart asks it again', async () => {
    const broken = { now: true }
    const { bench, work } = setUp({})
    const step = partitionStep('load', {
      partitioner: async function* () {
        yield { name: 'a', context: { values: [1] } }
        if (broken.now) throw new Error('no table')
      },
      step: work.step(),
    })
    const execution = await bench.run(step)
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ message: 'no table' }] })
    expect(await bench.statuses(execution)).toEqual(['load FAILED'])
    broken.now = false
    expect((await bench.run(step)).status).toBe('COMPLETED')
    expect(work.values).toEqual([1])
  })

  it('is COMPLETED with a note when there are no partitions', async () => {
    const { bench, step } = setUp({})
    const execution = await bench.run(step)
    expect(execution.status).toBe('COMPLETED')
    const [manager] = await bench.steps(execution)
    expect(manager?.exitStatus).toMatchObject({ exitCode: 'COMPLETED' })
    expect(manager?.exitStatus.exitDescription).toContain('no partitions')
  })

  it('makes new partitions when it is run anew, also under names that had completed, and counts these', async () => {
    const { bench, work, asked } = setUp({})
    const state = { fails: true }
    const step = partitionStep('load', {
      partitioner: (gridSize) => {
        asked.push(gridSize)
        return parts({ a: [1, 2] })
      },
      step: work.step(),
      gridSize: 2,
      allowStartIfComplete: true,
    })
    const behind = partitionStep('behind', {
      partitioner: () => {
        if (state.fails) throw new Error('not yet')
        return []
      },
      step: work.step(),
    })
    const both = job(bench.name).start(step).next(behind).build()
    expect((await bench.operator.run(both)).status).toBe('FAILED')
    state.fails = false
    const execution = await bench.operator.run(both)
    expect(execution.status).toBe('COMPLETED')
    expect(asked).toEqual([2, 2])
    expect(work.values).toEqual([1, 1, 2, 2])
    expect(execution.stepExecutions[0]?.counts.write).toBe(2)
    expect(await bench.statuses(execution)).toContain('load:a COMPLETED')
  })

  it('makes new partitions in each pass of a loop', async () => {
    const { bench, work, step, asked } = setUp({ a: [1] })
    const more = decision('more', () => (asked.length < 3 ? 'again' : 'enough'))
    const loop = job(bench.name).start(step).next(more).on(more, 'again').to(step).on(more, 'enough').end().build()
    const execution = await bench.operator.run(loop)
    expect(execution.status).toBe('COMPLETED')
    expect(work.values).toEqual([1, 1, 1])
    expect(execution.stepExecutions.map(({ counts }) => counts.write)).toEqual([1, 1, 1])
    const steps = await bench.steps(execution)
    expect(steps.filter(({ stepName }) => stepName === 'load:a')).toHaveLength(3)
  })

  it('loses nothing of a pass whose names an earlier pass, run anew, has used again', async () => {
    const { bench, work } = setUp({})
    let asked = 0
    let pass = 0
    const step = partitionStep('load', {
      partitioner: () => {
        asked++
        return parts({ a: [1], b: [2] })
      },
      step: work.step(),
      allowStartIfComplete: true,
    })
    const more = decision('more', () => {
      if (++pass === 1) work.bad.add(2)
      return pass % 2 === 1 ? 'again' : 'enough'
    })
    const loop = job(bench.name).start(step).next(more).on(more, 'again').to(step).on(more, 'enough').end().build()
    expect((await bench.operator.run(loop)).status).toBe('FAILED')
    expect(work.values).toEqual([1, 1, 2])
    work.bad.clear()
    work.written.length = 0
    pass = 2
    expect((await bench.operator.run(loop)).status).toBe('COMPLETED')
    expect(asked).toBe(4)
    expect(work.values).toEqual([1, 1, 2, 2])
  })

  it('begins a partition as often as its worker’s startLimit says: one that never began does not count', async () => {
    const bench = new Bench(repository)
    const work = new Work()
    work.bad.add(1)
    const step = partitionStep('load', {
      partitioner: () => parts({ a: [1], b: [2] }),
      step: work.step({ startLimit: 2 }),
      gridSize: 1,
      handler: { handle: async ({ run, partitions }) => void (await run(partitions[0] ?? '')) },
    })
    expect((await bench.run(step)).status).toBe('FAILED')
    expect((await repository.findStepHistory(await instanceOf(bench), 'load:b'))?.count).toBe(0)
    expect((await bench.run(step)).status).toBe('FAILED')
    const limited = await bench.run(step)
    expect(limited.failures).toMatchObject([
      { code: 'BATCH_PARTITIONS_FAILED', cause: { code: 'BATCH_START_LIMIT_EXCEEDED', stepName: 'load:a' } },
    ])
    expect(await bench.statuses(limited)).toEqual(['load FAILED'])
    const other = partitionStep('load', { partitioner: () => [], step: work.step({ startLimit: 2 }) })
    expect((await bench.run(other)).status).toBe('FAILED')
    expect(work.values).toEqual([2])
  })

  it('believes the repository, not its handler', async () => {
    const handled = { handle: async () => undefined }
    const { bench, step } = setUp({ a: [1], b: [2] }, { handler: handled })
    const execution = await bench.run(step)
    expect(execution.failures).toMatchObject([{ code: 'BATCH_PARTITIONS_FAILED', left: 2, partitions: ['a', 'b'] }])
    expect(await bench.statuses(execution)).toEqual(['load FAILED', 'load:a STOPPED', 'load:b STOPPED'])
    const rejecting = setUp(
      { a: [1] },
      {
        handler: {
          handle: async ({ run, partitions }) => {
            for (const name of partitions) await run(name)
            throw new Error('the wire is cut')
          },
        },
      },
    )
    expect((await rejecting.bench.run(rejecting.step)).status).toBe('COMPLETED')
  })

  it('states the weakest guarantee of its workers', async () => {
    const { bench, step } = setUp({ a: [1] })
    const execution = await bench.run(step)
    expect(execution.stepExecutions[0]?.guarantee).toBe('at-least-once')
    const stored: StepExecution | undefined = (await bench.steps(execution))[0]
    expect(stored?.guarantee).toBe('at-least-once')
  })

  async function instanceOf(bench: Bench): Promise<number> {
    return (await bench.operator.instances(bench.name))[0]?.id ?? 0
  }
})
