import {
  chunk,
  chunkStep,
  flow,
  flowStep,
  type ItemStep,
  job,
  jobStep,
  listPartitioner,
  MemoryJobRepository,
  partitionStep,
  split,
  type StepContext,
  taskletStep,
} from 'chunkwise'
import { ListItemReader, ListItemWriter, runJob, runStep } from 'chunkwise/testing'
import { describe, expect, expectTypeOf, it } from 'vitest'

const unreachable = (): never => expect.unreachable()

/** Doubles numbers; refuses 13. */
const double = (writer = new ListItemWriter<string>()): ItemStep<number, string> =>
  chunkStep('double', {
    chunkSize: 2,
    reader: unreachable as () => number[],
    processor: (n) => {
      if (n === 13) throw new RangeError('13')
      return n === 0 ? null : String(n * 2)
    },
    writer,
    skip: { limit: 5, on: [RangeError] },
  })

describe('runStep', () => {
  it('reads what a test gives, writes with the own writer, and collects what was written', async () => {
    const writer = new ListItemWriter<string>()
    const run = await runStep(double(writer), { items: [1, 0, 2, 3] })
    expect(run.status).toBe('COMPLETED')
    expect(run.written).toEqual(['2', '4', '6'])
    expect(writer.items).toEqual(run.written)
    expect(run.execution.counts).toMatchObject({ read: 4, write: 3, filter: 1 })
    expectTypeOf(run.written).toEqualTypeOf<readonly string[]>()
  })

  it('types the items by those of the step', () => {
    const compiled = (): unknown => [
      // @ts-expect-error the step reads numbers
      runStep(double(), { items: ['1'] }),
      runStep(double(), { items: new Set([1]) }),
    ]
    expectTypeOf(compiled).toBeFunction()
  })

  it('replaces the writer and the dead letters when it is asked to collect', async () => {
    const step = chunkStep('far', {
      chunkSize: 2,
      reader: [1, 13, 2],
      processor: (n) => {
        if (n === 13) throw new RangeError('13')
        return n
      },
      writer: unreachable,
      transaction: { resource: {}, begin: unreachable },
      skip: { limit: 1, on: [RangeError], to: unreachable },
    })
    const run = await runStep(step, { writer: 'collect' })
    expect(run.status).toBe('COMPLETED')
    expect(run.written).toEqual([1, 2])
    expect(run.execution.guarantee).toBe('exactly-once')
  })

  it('keeps a policy of a class that says what to skip', async () => {
    class Lenient {
      shouldSkip(): boolean {
        return true
      }
    }
    const processor = (): never => {
      throw new Error('bad')
    }
    const step = chunkStep('lenient', {
      chunkSize: 1,
      reader: [1],
      processor,
      writer: unreachable,
      skip: new Lenient(),
    })
    const run = await runStep(step, { writer: 'collect' })
    expect(run.skipped).toMatchObject([{ phase: 'process', item: 1 }])
  })

  it('tells what was skipped, in which phase, and why', async () => {
    let reads = 0
    const step = chunkStep('all', {
      chunkSize: 10,
      reader: () => ({
        read: () => {
          reads++
          if (reads === 1) throw new RangeError('unreadable')
          return reads < 5 ? reads : null
        },
      }),
      processor: (n) => {
        if (n === 2) throw new RangeError('unprocessable')
        return n
      },
      writer: (items) => {
        if (items.includes(3)) throw new RangeError('unwritable')
      },
      skip: { limit: 3, on: [RangeError] },
    })
    const run = await runStep(step)
    expect(run.skipped.map(({ phase, item, error }) => [phase, item, (error as Error).message])).toEqual([
      ['read', undefined, 'unreadable'],
      ['process', 2, 'unprocessable'],
      ['write', 3, 'unwritable'],
    ])
    expect(run.written).toEqual([4])
  })

  it('has a checkpoint for each chunk that has committed, as a restart would find it', async () => {
    const repository = new MemoryJobRepository()
    const step = (bad: number): ItemStep<number, number> =>
      chunkStep('places', {
        chunkSize: 2,
        reader: () => new ListItemReader([1, 2, 3, 4, 5]),
        writer: (items) => {
          if (items.includes(bad)) throw new Error('no')
        },
      })
    const failed = await runStep(step(5), { repository })
    expect(failed.status).toBe('FAILED')
    expect(failed.checkpoints).toMatchObject([
      { reader: { count: 2 }, counts: { read: 2, commit: 1 } },
      { reader: { count: 4 }, counts: { read: 4, commit: 2 } },
    ])
    expect(failed.written).toEqual([1, 2, 3, 4])
    const restarted = await runStep(step(0), { repository })
    expect(restarted.written).toEqual([5])
  })

  it('runs a step that has no name, such as chunk gives', async () => {
    const definition = chunk({ chunkSize: 1, reader: [1, 2], writer: unreachable })
    const run = await runStep(definition, { items: [3], writer: 'collect' })
    expect([run.stepName, run.written]).toEqual(['step', [3]])
  })

  it('gives the step a context and parameters, which its listeners see too', async () => {
    const seen: unknown[] = []
    const step = chunkStep('seen', {
      chunkSize: 1,
      reader: ({ executionContext, jobExecutionContext, parameters }: StepContext<{ day: string }>) => [
        executionContext.get<string>('country'),
        jobExecutionContext.get<string>('file'),
        parameters.day,
      ],
      writer: (items) => void seen.push(...items),
      listeners: [{ beforeStep: ({ parameters }) => void seen.push(parameters) }],
    })
    const parameters = { day: 'today' }
    await runStep(step, { parameters, context: { country: 'AT' }, jobContext: { file: 'in.csv' } })
    expect(seen).toEqual([parameters, 'AT', 'in.csv', 'today'])
  })

  it('collects from the partitions of a step', async () => {
    const worker = chunkStep('country', {
      chunkSize: 1,
      reader: ({ executionContext }: StepContext) => executionContext.get<string[]>('values') ?? [],
      writer: unreachable,
    })
    const step = partitionStep('countries', { partitioner: listPartitioner(['AT', 'CH']), step: worker })
    const run = await runStep(step, { writer: 'collect' })
    expect(run.status).toBe('COMPLETED')
    expect(new Set(run.written)).toEqual(new Set(['AT', 'CH']))
  })

  it('refuses items for a step that reads none, and what is no step', async () => {
    const tasklet = taskletStep('work', () => undefined)
    await expect(runStep(tasklet, { items: [1] })).rejects.toMatchObject({ option: 'runStep.items' })
    await expect(runStep({} as never)).rejects.toMatchObject({ option: 'runStep.step' })
    await expect(runStep(tasklet, { writer: 'list' as never })).rejects.toThrow('"list"')
    await expect(runStep(tasklet, { item: [1] } as never)).rejects.toThrow('"items"')
    await expect(runStep(double(), { items: 5 as never })).rejects.toMatchObject({ option: 'runStep.items' })
  })
})

describe('runJob', () => {
  const load = <const N extends string>(name: N): ItemStep<string, string, Record<never, never>, N> =>
    chunkStep(name, { chunkSize: 1, reader: ['own'], writer: unreachable })

  it('gives each step its items and tells what it has written, wherever it stands', async () => {
    const inner = flow('inner').start(load('c')).build()
    const nested = job('nested').start(load('d')).build()
    const tested = job('all')
      .start(load('a'))
      .next(split('both', [flow('left').start(load('b')).build(), flow('right').start(flowStep('f', inner)).build()]))
      .next(jobStep('j', nested))
      .build()
    const run = await runJob(tested, {}, { items: { a: ['1', '2'], c: ['3'], d: ['4'] }, writer: 'collect' })
    expect(run.status).toBe('COMPLETED')
    const names = ['a', 'b', 'c', 'f', 'j']
    expect(names.map((name) => run.step(name).written)).toEqual([['1', '2'], ['own'], ['3'], ['3'], ['4']])
    expect(run.step<string, string>('a').checkpoints).toHaveLength(2)
  })

  it('leaves the job as it was', async () => {
    const tested = job('same').start(load('a')).build()
    await runJob(tested, {}, { items: { a: ['1'] }, writer: 'collect' })
    expect((await runJob(tested)).status).toBe('FAILED')
  })

  it('refuses items for a step that is not there, and names the steps that have run', async () => {
    const tested = job('few').start(load('a')).build()
    await expect(runJob(tested, {}, { items: { b: [] } })).rejects.toMatchObject({ option: 'runJob.items.b' })
    const run = await runJob(tested, {}, { writer: 'collect' })
    expect(() => run.step('b')).toThrow('the name of a step that has run: a')
    expect(() => run.throwIfUnsuccessful()).not.toThrow()
  })
})
