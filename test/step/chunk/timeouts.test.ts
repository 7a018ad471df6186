import {
  chunkStep,
  job,
  JobOperator,
  MemoryJobRepository,
  type Step,
  type StepTimeouts,
  TimeoutError,
  TransactionEndedError,
  type WriteContext,
} from 'chunkwise'
import { ListItemWriter, ManualClock, runJob, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'
import { NumbersReader } from './numbers-reader.js'

const hang = () => new Promise<never>(() => undefined)

/** Runs the step, moves the clock on once it hangs, and gives its execution. */
async function runInto<P>(clock: ManualClock, step: Step<P>, repository = new MemoryJobRepository()) {
  const running = runStep(step, { clock, repository })
  await settle()
  await clock.advance('5s')
  return running
}

describe('the timeout of a step', () => {
  it.each<[string, object]>([
    ['reader', { reader: { read: hang } }],
    ['function of the reader', { reader: hang }],
    ['open of the reader', { reader: { open: hang, read: () => null, position: () => 0, close: () => undefined } }],
    ['processor', { processor: hang }],
    ['writer', { writer: hang }],
    ['beforeChunk', { listeners: [{ beforeChunk: hang }] }],
    ['afterRead', { listeners: [{ afterRead: hang }] }],
    ['beforeWrite', { listeners: [{ beforeWrite: hang }] }],
    ['afterChunk', { listeners: [{ afterChunk: hang }] }],
  ])('ends it though the %s never ends', async (_what, options) => {
    for (const concurrency of [1, 3]) {
      const clock = new ManualClock()
      const writer = () => undefined
      const step = { chunkSize: 2, reader: numbers(8), writer, concurrency, timeout: { step: '5s' }, ...options }
      const execution = await runInto(clock, chunkStep('hang', step as never))
      expect(execution.failures).toEqual([new TimeoutError('step', 5000, 'hang')])
      expect(execution).toMatchObject({ status: 'FAILED', failures: [{ what: 'step', limit: 5000, subject: 'hang' }] })
      expect(clock.timers).toBe(0)
    }
  })

  it('aborts the signal with the error, and what then comes of it is not the failure', async () => {
    const clock = new ManualClock()
    let reason: unknown
    const step = chunkStep('polite', {
      chunkSize: 1,
      reader: [1],
      processor: (_item, { signal }) =>
        new Promise<number>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
            reject(new Error('aborted'))
          })
        }),
      writer: () => undefined,
      timeout: { step: '5s' },
    })
    const { failures } = await runInto(clock, step)
    expect(failures).toEqual([expect.any(TimeoutError)])
    expect(reason).toBe(failures[0])
  })

  it('undoes the open chunk, and a late writer can write no more', async () => {
    const clock = new ManualClock()
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const slow = new Deferred()
    let late: unknown
    let hangs = true
    const step = chunkStep('late', {
      chunkSize: 2,
      reader: numbers(6),
      writer: {
        transactional: true,
        async write(items: readonly number[], context: WriteContext) {
          writer.write(items, context)
          if (!hangs || !items.includes(3)) return
          await slow.promise
          try {
            writer.write(items, context)
          } catch (error) {
            late = error
          }
        },
      },
      timeout: { step: '5s' },
    })
    const execution = await runInto(clock, step, repository)
    expect(execution).toMatchObject({ status: 'FAILED', counts: { read: 2, write: 2, commit: 1, rollback: 1 } })
    expect(writer.items).toEqual([1, 2])
    slow.resolve()
    await settle()
    expect(late).toBeInstanceOf(TransactionEndedError)
    expect(writer.items).toEqual([1, 2])
    hangs = false
    expect((await runStep(step, { clock, repository })).status).toBe('COMPLETED')
    expect(writer.items).toEqual(numbers(6))
  })

  it('ends a stop that user code does not heed', async () => {
    const clock = new ManualClock()
    const operator = new JobOperator({ repository: new MemoryJobRepository(), clock })
    const writing = new Deferred()
    const writer = () => {
      writing.resolve()
      return hang()
    }
    const deaf = chunkStep('deaf', { chunkSize: 1, reader: [1], writer, timeout: { step: '5s' } })
    const handle = await operator.start(job('deaf').start(deaf).build())
    await writing.promise
    const stopped = handle.stop()
    await settle()
    await clock.advance('5s')
    expect(await stopped).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TIMEOUT' }] })
    await operator.close()
  })

  it('does not wait for long until a reader is closed', async () => {
    const clock = new ManualClock()
    const reader = async function* () {
      yield 1
      await hang()
    }
    const step = chunkStep('generator', { chunkSize: 2, reader, writer: () => undefined, timeout: { step: '5s' } })
    const running = runStep(step, { clock })
    await settle()
    await clock.advance('5s')
    await settle()
    await clock.advance('2s')
    expect((await running).failures).toEqual([expect.any(TimeoutError)])
  })

  it('closes a reader that opens too late', async () => {
    const clock = new ManualClock()
    const opening = new Deferred()
    const calls: string[] = []
    const reader = {
      async open() {
        await opening.promise
        calls.push('opened')
      },
      read: () => null,
      position: () => 0,
      close: () => void calls.push('closed'),
    }
    const step = chunkStep('slow', { chunkSize: 1, reader, writer: () => undefined, timeout: { step: '5s' } })
    await runInto(clock, step)
    expect(calls).toEqual(['closed'])
    opening.resolve()
    await settle()
    expect(calls).toEqual(['closed', 'opened', 'closed'])
  })

  it('sets no timer behind for a step that ends in time', async () => {
    const clock = new ManualClock()
    const timeout = { item: '1s', chunk: '1s', step: '1s' } as const
    const step = chunkStep('fast', {
      chunkSize: 2,
      reader: numbers(5),
      processor: async (item) => item,
      writer: () => undefined,
      timeout,
    })
    expect((await runStep(step, { clock })).status).toBe('COMPLETED')
    expect(clock.timers).toBe(0)
  })
})

describe('the timeout of a chunk', () => {
  const run = async (options: object, moves: readonly string[]) => {
    const clock = new ManualClock()
    const writer = new ListItemWriter<number>()
    const step = { chunkSize: 2, reader: numbers(6), writer, timeout: { chunk: '3s' }, ...options }
    const running = runStep(chunkStep('chunks', step as never), { clock })
    for (const move of moves) {
      await settle()
      await clock.advance(move as '1s')
    }
    return { execution: await running, writer, clock }
  }

  it('fails the step when processing takes too long, and keeps what was committed', async () => {
    const processor = async (item: number) => (item === 3 ? hang() : item)
    const { execution, writer } = await run({ processor }, ['3s'])
    expect(execution).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_TIMEOUT', what: 'chunk', limit: 3000, subject: 'chunks' }],
      counts: { write: 2, rollback: 0 },
    })
    expect(writer.items).toEqual([1, 2])
  })

  it('counts processing and writing together', async () => {
    const gates = [new Deferred(), new Deferred()]
    const processor = (item: number) => gates[0]!.promise.then(() => item)
    const write = () => gates[1]!.promise
    const clock = new ManualClock()
    const step = chunkStep('sum', {
      chunkSize: 2,
      reader: [1, 2],
      processor,
      writer: { write },
      timeout: { chunk: '3s' },
    })
    const running = runStep(step, { clock })
    await settle()
    await clock.advance('2s')
    gates[0]!.resolve()
    await settle()
    await clock.advance('1s')
    expect((await running).failures).toEqual([new TimeoutError('chunk', 3000, 'sum')])
  })

  it('does not count the wait for the commit of chunks before', async () => {
    const clock = new ManualClock()
    const gates = new Map(numbers(2).map((item) => [item, new Deferred()]))
    const writer = new ListItemWriter<number>()
    const step = chunkStep('turns', {
      chunkSize: 1,
      concurrency: 2,
      reader: numbers(2),
      processor: async (item) => item,
      writer: {
        transactional: true,
        async write([item]: readonly number[], context: WriteContext) {
          await gates.get(item!)!.promise
          writer.write([item!], context)
        },
      },
      timeout: { chunk: '3s' },
    })
    const running = runStep(step, { clock })
    for (const item of numbers(2)) {
      await settle()
      await clock.advance('2s')
      gates.get(item)!.resolve()
    }
    expect((await running).status).toBe('COMPLETED')
    expect(writer.items).toEqual([1, 2])
  })

  it('processes no further item of the chunk once the late one is done', async () => {
    const clock = new ManualClock()
    let gate = new Deferred()
    const seen: number[] = []
    const processor = async (item: number) => {
      seen.push(item)
      if (item === 1) await gate.promise
      return item
    }
    for (const itemConcurrency of [1, 2]) {
      seen.length = 0
      gate = new Deferred()
      const step = chunkStep('late', {
        chunkSize: 9,
        reader: numbers(9),
        processor,
        writer: () => undefined,
        itemConcurrency,
        timeout: { chunk: '5s' },
      })
      await runInto(clock, step)
      const before = seen.length
      gate.resolve()
      await settle()
      expect(seen).toHaveLength(before)
    }
  })
})

describe('the timeout of a step that commits in any order', () => {
  it('ends every open chunk, and a restart writes exactly what was not committed', async () => {
    const clock = new ManualClock()
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    let hangs = true
    const step = chunkStep('any', {
      chunkSize: 2,
      reader: () => new NumbersReader(new Set(numbers(20))),
      writer: {
        transactional: true,
        async write(items: readonly number[], context: WriteContext) {
          writer.write(items, context)
          if (hangs && (items.includes(3) || items.includes(8))) await hang()
        },
      },
      concurrency: 3,
      commitOrder: 'any',
      timeout: { step: '5s' },
    })
    const execution = await runInto(clock, step, repository)
    expect(execution).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TIMEOUT' }] })
    expect([3, 4, 7, 8].filter((item) => writer.items.includes(item))).toEqual([])
    expect(execution.counts.write).toBe(writer.items.length)
    hangs = false
    expect((await runStep(step, { clock, repository })).status).toBe('COMPLETED')
    expect(writer.items.toSorted((a, b) => a - b)).toEqual(numbers(20))
    expect(clock.timers).toBe(0)
  })

  it('does not wait for a reader that gives no range', async () => {
    const clock = new ManualClock()
    const reader = () => new NumbersReader(new Set(numbers(4)), hang)
    const step = chunkStep('no range', {
      chunkSize: 2,
      reader,
      writer: () => undefined,
      commitOrder: 'any',
      timeout: { step: '5s' },
    })
    expect((await runInto(clock, step)).failures).toEqual([expect.any(TimeoutError)])
  })
})

describe('the timeout of an item', () => {
  const timeouts: StepTimeouts = { item: '2s' }

  it('fails a processor whose promise takes too long, and aborts its signal only', async () => {
    const clock = new ManualClock()
    const signals: AbortSignal[] = []
    const step = chunkStep('item', {
      chunkSize: 4,
      itemConcurrency: 4,
      reader: numbers(4),
      processor: async (item, { signal }) => {
        signals.push(signal)
        return item === 2 ? hang() : item
      },
      writer: () => undefined,
      timeout: timeouts,
    })
    const { failures } = await runInto(clock, step)
    expect(failures).toEqual([new TimeoutError('item', 2000, 'item')])
    expect(signals.map((signal) => signal.reason === failures[0])).toEqual([false, true, false, false])
    expect(clock.timers).toBe(0)
  })

  it('is an error of the item, that may be retried', async () => {
    const clock = new ManualClock()
    let attempts = 0
    const writer = new ListItemWriter<number>()
    const step = chunkStep('again', {
      chunkSize: 2,
      reader: [1, 2],
      processor: async (item) => (item === 2 && ++attempts === 1 ? hang() : item),
      writer,
      timeout: timeouts,
      retry: { maxAttempts: 2, on: [TimeoutError] },
    })
    const execution = await runInto(clock, step)
    expect(execution.status).toBe('COMPLETED')
    expect([attempts, writer.items]).toEqual([2, [1, 2]])
  })

  it('is an error of the item, that may be skipped', async () => {
    const clock = new ManualClock()
    const step = chunkStep('drop', {
      chunkSize: 2,
      reader: [1, 2],
      processor: async (item) => (item === 2 ? hang() : item),
      writer: () => undefined,
      timeout: timeouts,
      skip: { limit: 1, on: ['BATCH_TIMEOUT'] },
    })
    const execution = await runInto(clock, step)
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { processSkip: 1, write: 1 } })
  })

  it('hands on what the processor is handed, and a stop of the step', async () => {
    const clock = new ManualClock()
    const seen: unknown[] = []
    const step = chunkStep('same', {
      chunkSize: 1,
      reader: [1],
      processor: (item, context) => {
        const { key, parameters, stepExecution, logger, signal } = context
        seen.push([key, parameters, stepExecution.stepName, typeof logger.info, signal.aborted])
        seen.push([context.executionContext.get('x'), context.jobExecutionContext.get('x')])
        return item
      },
      writer: () => undefined,
      timeout: timeouts,
    })
    expect((await runStep(step, { clock })).status).toBe('COMPLETED')
    expect(seen).toEqual([
      ['1:same:0', {}, 'same', 'function', false],
      [undefined, undefined],
    ])
  })
})

describe('the timeout of a job', () => {
  it('ends the step that runs, and begins no other', async () => {
    const clock = new ManualClock()
    let second = 0
    const slow = job('slow', { timeout: '5s' })
      .start(chunkStep('first', { chunkSize: 1, reader: [1], writer: hang }))
      .next(chunkStep('second', { chunkSize: 1, reader: [1], writer: () => void second++ }))
      .build()
    const running = runJob(slow, {}, { clock })
    await settle()
    await clock.advance('5s')
    expect(await running).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_TIMEOUT', what: 'job', limit: 5000, subject: 'slow' }],
      stepExecutions: [{ stepName: 'first', status: 'FAILED' }],
    })
    expect([second, clock.timers]).toEqual([0, 0])
  })

  it('covers its listeners before the first step', async () => {
    const clock = new ManualClock()
    const step = chunkStep('never', { chunkSize: 1, reader: [1], writer: () => undefined })
    const slow = job('slow', { timeout: '5s', listeners: [{ beforeJob: hang }] })
      .start(step)
      .build()
    const running = runJob(slow, {}, { clock })
    await settle()
    await clock.advance('5s')
    expect(await running).toMatchObject({ status: 'FAILED', failures: [{ what: 'job' }], stepExecutions: [] })
  })
})

describe('the option timeout', () => {
  const make = (timeout: unknown) => () =>
    chunkStep('checked', { chunkSize: 1, reader: [1], writer: () => undefined, timeout: timeout as StepTimeouts })

  it.each<[unknown, string]>([
    [{ item: 0 }, 'chunkStep("checked").timeout.item must be a duration of at least 1 ms'],
    [{ chunk: 'soon' }, 'timeout.chunk must be a duration'],
    [{ step: '30d' }, 'timeout.step must be at most 24 days, but is "30d"'],
    [{ steps: '1s' }, 'timeout.steps must be "step"'],
    ['1s', 'timeout.options must be an object'],
  ])('refuses %j', (timeout, message) => {
    expect(make(timeout)).toThrow(message)
  })

  it('of a job is checked as well', () => {
    expect(() => job('checked', { timeout: -1 })).toThrow('job("checked").timeout must be a duration')
  })
})
