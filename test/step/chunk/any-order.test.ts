import {
  chunkStep,
  type DeadLetterOption,
  ContextReadOnlyError,
  InvalidOptionError,
  job,
  JobOperator,
  LedgerOpenError,
  MemoryJobRepository,
  type RangedItemReader,
  ReaderContractError,
  stepScope,
  type ItemWriter,
  type JobExecution,
  type JobRepository,
} from 'chunkwise'
import { ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers } from '../deferred.js'
import { NumbersReader } from './numbers-reader.js'

const table = new Set(numbers(12))

interface Plan {
  readonly reader?: () => RangedItemReader<number> | number[]
  readonly writer?: ItemWriter<number>
  readonly processor?: (item: number) => number | Promise<number>
  readonly commitOrder?: 'read' | 'any'
  readonly concurrency?: number
  readonly listeners?: readonly object[]
}

function step(plan: Plan) {
  return chunkStep('any', {
    chunkSize: 3,
    concurrency: plan.concurrency ?? 4,
    commitOrder: plan.commitOrder ?? 'any',
    reader: plan.reader ?? (() => new NumbersReader(table)),
    processor: plan.processor ?? ((item: number) => item),
    writer: plan.writer ?? new ListItemWriter<number>(),
    listeners: plan.listeners ?? [],
  })
}

async function run(plan: Plan, repository: JobRepository = new MemoryJobRepository()): Promise<JobExecution> {
  await using operator = new JobOperator({ repository })
  return await operator.run(job('any').start(step(plan)).build())
}

describe('commitOrder any', () => {
  it('commits a later chunk while an earlier one is processed, and folds both', async () => {
    const repository = new MemoryJobRepository()
    const first = new Deferred()
    const committed: number[] = []
    const execution = await run(
      {
        processor: async (item) => {
          if (item === 1) await first.promise
          return item
        },
        listeners: [
          {
            afterChunk: ({ index }: { index: number }) => {
              committed.push(index)
              if (committed.length === 3) first.resolve()
            },
          },
        ],
      },
      repository,
    )
    expect(execution.failures).toEqual([])
    expect(committed.at(-1)).toBe(0)
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ read: 12, write: 12, commit: 4, rollback: 0 })
    expect(await repository.hasRanges(execution.jobInstance.id, 'any')).toBe(false)
  })

  it('leaves a gap for a chunk that fails, and a restart processes that chunk only', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const others = new Deferred()
    let written = 0
    const failed = await run(
      {
        writer,
        processor: async (item) => {
          if (item === 4) await others.promise
          if (item === 4) throw new Error('four')
          return item
        },
        listeners: [{ afterChunk: () => void (++written === 3 && others.resolve()) }],
      },
      repository,
    )
    expect(failed.status).toBe('FAILED')
    expect(failed.stepExecutions[0]?.counts).toMatchObject({ read: 9, write: 9, commit: 3 })
    const refused = await run({ commitOrder: 'read', writer }, repository)
    expect(refused.failures[0]).toBeInstanceOf(LedgerOpenError)
    const processed: number[] = []
    const completed = await run({ writer, processor: (item) => (processed.push(item), item) }, repository)
    expect(completed.status).toBe('COMPLETED')
    expect(processed).toEqual([4, 5, 6])
    expect([...writer.items].sort((a, b) => a - b)).toEqual(numbers(12))
  })

  it('completes an empty input, and counts no chunk for it', async () => {
    const execution = await run({ reader: () => new NumbersReader(new Set()) })
    expect(execution.status).toBe('COMPLETED')
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ read: 0, write: 0, commit: 0 })
  })

  it('reads no more than 64 times its concurrency ahead of a chunk that takes long', async () => {
    const first = new Deferred()
    let most = 0
    let committed = 0
    const reading = new Set(numbers(600))
    const execution = await run({
      concurrency: 2,
      reader: () => new NumbersReader(reading),
      processor: async (item) => {
        if (item === 1) await first.promise
        most = Math.max(most, item)
        return item
      },
      listeners: [
        {
          // The chunk behind the last that may be read: nothing moves any more until the first one is done.
          afterChunk: () => void (++committed === 128 && first.resolve()),
        },
      ],
    })
    expect(execution.status).toBe('COMPLETED')
    expect(most).toBe(600)
    expect(committed).toBe(200)
  })

  it('refuses a chunk that puts into the execution context, and names the key', async () => {
    const execution = await run({
      writer: { transactional: true, write: (_items, context) => context.executionContext.put('total', 1) },
    })
    expect(execution.failures[0]).toBeInstanceOf(ContextReadOnlyError)
    expect(execution.failures[0]).toMatchObject({ key: 'total', stepName: 'any' })
  })

  it('lets listeners of the step change the context once the chunks are done', async () => {
    const listener = {
      beforeStep: ({ stepExecution }: { stepExecution: { executionContext: { put(k: string, v: unknown): void } } }) =>
        stepExecution.executionContext.put('before', 1),
      afterStep: (execution: { executionContext: { put(k: string, v: unknown): void } }) =>
        execution.executionContext.put('after', 2),
    }
    const repository = new MemoryJobRepository()
    const execution = await run({ listeners: [listener] }, repository)
    expect(execution.failures).toEqual([])
    const stored = await repository.getStepExecution(execution.stepExecutions[0]?.id ?? -1)
    expect(stored?.executionContext.toObject()).toMatchObject({ before: 1, after: 2 })
  })

  it('ends in STOPPED after a stop, with what was under way committed, and goes on from there', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    await using operator = new JobOperator({ repository })
    let stop: () => unknown = () => undefined
    const stopping = step({
      writer,
      concurrency: 2,
      processor: async (item) => {
        if (item === 4) void stop()
        return item
      },
    })
    const handle = await operator.start(job('any').start(stopping).build())
    stop = () => handle.stop()
    const stopped = await handle.result
    expect(stopped.status).toBe('STOPPED')
    expect(stopped.stepExecutions[0]?.counts.write).toBe(writer.items.length)
    const completed = await run({ writer }, repository)
    expect(completed.status).toBe('COMPLETED')
    expect([...writer.items].sort((a, b) => a - b)).toEqual(numbers(12))
  })

  it.each(['an array', 'an iterable'])('refuses %s as reader when the step is built', () => {
    const build = () => chunkStep('any', { chunkSize: 3, reader: [1], writer: () => undefined, commitOrder: 'any' })
    expect(build).toThrow(InvalidOptionError)
    expect(build).toThrow(/commitOrder.*name ranges/)
  })

  it('refuses a reader from a function that cannot name ranges, before the first read', async () => {
    const execution = await run({ reader: () => [1, 2] })
    expect(execution.failures[0]).toMatchObject({ option: 'chunkStep("any").commitOrder', value: 'any' })
  })

  it('refuses dead letters to a writer that has a position of its own', async () => {
    const stream = { write: () => undefined, open: () => undefined, position: () => 0, close: () => undefined }
    const to = (writer: DeadLetterOption) =>
      chunkStep('any', {
        chunkSize: 3,
        reader: new NumbersReader(table),
        writer: () => undefined,
        commitOrder: 'any',
        skip: { limit: 1, on: [Error], to: writer },
      })
    expect(() => to(stream)).toThrow(/commitOrder.*position of its own/)
    const execution = await runStep(to(stepScope(() => stream)))
    expect(execution.failures[0]).toMatchObject({ option: 'chunkStep("any").commitOrder', value: 'any' })
  })

  it('refuses a writer that has a position of its own', async () => {
    const stream = { write: () => undefined, open: () => undefined, position: () => 0, close: () => undefined }
    expect(() => step({ writer: stream })).toThrow(/commitOrder.*position of its own/)
    const scoped = chunkStep('any', {
      chunkSize: 3,
      reader: () => new NumbersReader(table),
      writer: stepScope(() => stream),
      commitOrder: 'any',
    })
    await using operator = new JobOperator({ repository: new MemoryJobRepository() })
    const execution = await operator.run(job('scoped').start(scoped).build())
    expect(execution.failures[0]).toMatchObject({ option: 'chunkStep("any").commitOrder' })
  })

  it.each([
    ['that is too long', { items: [1, 2, 3, 4], from: undefined, to: { number: 4 } }],
    ['with a hole before it', { items: [2], from: { number: 1 }, to: { number: 2 } }],
    ['without items or an end', { items: [], from: undefined, to: undefined }],
    ['with null for an item', { items: [null], from: undefined, to: { number: 1 } }],
    ['that is null before the end', null],
  ])('refuses a range %s', async (_what, range) => {
    const reader = new NumbersReader(table)
    reader.readRange = () => Promise.resolve(range as never)
    const execution = await run({ reader: () => reader })
    expect(execution.failures[0]).toBeInstanceOf(ReaderContractError)
  })
})
