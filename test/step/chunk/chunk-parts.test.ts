import { chunkStep, type ItemWriter, type Json, type Logger, MemoryJobRepository, stepScope } from 'chunkwise'
import { ListItemReader, ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, numbers, settle } from '../deferred.js'

/** A reader and a writer that write down what is done with them, and fail where they are told to. */
function recorded(failures: Readonly<Record<string, unknown>> = {}) {
  const calls: string[] = []
  const call = (name: string): void => {
    calls.push(name)
    if (name in failures) throw failures[name]
  }
  let next = 0
  const reader = {
    open: (position: Json | undefined) => call(`reader.open(${JSON.stringify(position)})`),
    read() {
      if (next === 2) call('reader.read 3')
      return next < 4 ? ++next : null
    },
    position: () => next,
    close: () => call('reader.close'),
  }
  const writer = {
    open: (position: Json | undefined) => call(`writer.open(${JSON.stringify(position)})`),
    write: ([item]: readonly number[]) => call(`write ${item}`),
    position: () => `line ${next}`,
    close: () => call('writer.close'),
  }
  return { calls, step: chunkStep('parts', { chunkSize: 2, reader, writer }) }
}

const warnings = () => {
  const lines: unknown[][] = []
  const nothing = () => undefined
  const warn = (...line: unknown[]) => void lines.push(line)
  return { lines, logger: { debug: nothing, info: nothing, warn, error: nothing } as Logger }
}

describe('streams', () => {
  it('are opened before and closed after the work, the last opened first', async () => {
    const { calls, step } = recorded()
    expect((await runStep(step)).status).toBe('COMPLETED')
    expect(calls).toEqual([
      'reader.open(undefined)',
      'writer.open(undefined)',
      'write 1',
      'reader.read 3',
      'write 3',
      'writer.close',
      'reader.close',
    ])
  })

  it('are opened at the positions of the last committed chunk', async () => {
    const repository = new MemoryJobRepository()
    await runStep(recorded({ 'write 3': new Error('once') }).step, { repository })
    const { calls, step } = recorded()
    await runStep(step, { repository })
    expect(calls.slice(0, 2)).toEqual(['reader.open(2)', 'writer.open("line 2")'])
  })

  it.each([
    ['reader.open(undefined)', ['reader.close']],
    ['writer.open(undefined)', ['writer.close', 'reader.close']],
    ['reader.read 3', ['writer.close', 'reader.close']],
    ['write 1', ['writer.close', 'reader.close']],
  ])('are closed once after a failure in %s', async (where, closes) => {
    const failure = new Error(where)
    const { calls, step } = recorded({ [where]: failure })
    expect(await runStep(step)).toMatchObject({ status: 'FAILED', failures: [failure] })
    expect(calls.filter((call) => call.endsWith('close'))).toEqual(closes)
  })

  it.each(['reader.close', 'writer.close'])('fail the step when %s fails after all went well', async (where) => {
    const { calls, step } = recorded({ [where]: new Error('footer') })
    const execution = await runStep(step)
    expect(execution).toMatchObject({ status: 'FAILED', failures: [new Error('footer')], counts: { write: 4 } })
    expect(calls).toContain('reader.close')
  })

  it('leave the first error alone when closing fails after it: that is logged', async () => {
    const { lines, logger } = warnings()
    const failures = { 'write 1': new Error('first'), 'writer.close': new Error('second') }
    const execution = await runStep(recorded(failures).step, { logger })
    expect(execution.failures).toEqual([new Error('first')])
    expect(lines).toEqual([
      [expect.objectContaining({ error: new Error('second') }), expect.stringContaining('writer')],
    ])
  })

  it.each(['reader', 'writer'] as const)('refuse a second step execution while a %s is open', async (part) => {
    const gate = new Deferred()
    const shared = part === 'reader' ? new ListItemReader(numbers(2)) : recordedWriter()
    const make = (processor: (item: number) => number | Promise<number>) =>
      chunkStep('shared', {
        chunkSize: 1,
        reader: part === 'reader' ? (shared as ListItemReader<number>) : numbers(2),
        processor,
        writer: part === 'writer' ? (shared as ItemWriter<number>) : new ListItemWriter<number>(),
      })
    const first = runStep(make(async (item) => gate.promise.then(() => item)))
    await settle()
    const second = await runStep(make((item) => item))
    expect(second).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_STREAM_IN_USE', part }] })
    gate.resolve()
    // The refused step has not closed the other's stream.
    expect(await first).toMatchObject({ status: 'COMPLETED', counts: { write: 2 } })
    expect((await runStep(make((item) => item))).status).toBe('COMPLETED')
  })

  it('are in use until they are closed', async () => {
    const closing = new Deferred()
    const reader = new ListItemReader([1])
    const stream = {
      open: (position: Json | undefined) => reader.open(position),
      read: () => reader.read(),
      position: () => reader.position(),
      close: () => closing.promise,
    }
    const step = chunkStep('closing', { chunkSize: 1, reader: stream, writer: () => undefined })
    const first = runStep(step)
    await settle()
    const second = await runStep(step)
    closing.resolve()
    expect(second.failures).toMatchObject([{ code: 'BATCH_STREAM_IN_USE' }])
    expect((await first).status).toBe('COMPLETED')
  })
})

function recordedWriter(): ItemWriter<number> {
  const stream = { open: () => undefined, write: () => undefined, position: () => 0, close: () => undefined }
  return stream
}

describe('what a step is made of', () => {
  it('comes from its factories once per step execution, with the context', async () => {
    const made: string[] = []
    const step = chunkStep('made', {
      chunkSize: 1,
      reader: async ({ parameters }: { parameters: { last: number } }) => {
        made.push('reader')
        return numbers(parameters.last)
      },
      processor: stepScope(({ stepExecution }) => {
        made.push('processor')
        return { process: (item: number) => `${stepExecution.stepName} ${item}` }
      }),
      writer: stepScope(async () => {
        made.push('writer')
        return (items: readonly string[]) => void made.push(...items)
      }),
    })
    await runStep(step, { parameters: { last: 2 } })
    expect(made).toEqual(['reader', 'processor', 'writer', 'made 1', 'made 2'])
    await runStep(step, { parameters: { last: 0 } })
    expect(made.slice(5)).toEqual(['reader', 'processor', 'writer'])
  })

  it('may be an async generator function, which restarts by count and is closed', async () => {
    const repository = new MemoryJobRepository()
    const writer = new ListItemWriter<number>()
    const yielded: number[] = []
    let closed = 0
    let fail = true
    const step = chunkStep('generated', {
      chunkSize: 2,
      reader: async function* () {
        try {
          for (const item of numbers(6)) {
            yielded.push(item)
            yield item
          }
        } finally {
          closed++
        }
      },
      processor: (item) => {
        if (fail && item === 4) throw new Error('once')
        return item
      },
      writer,
    })
    expect((await runStep(step, { repository })).status).toBe('FAILED')
    expect([yielded, closed]).toEqual([[1, 2, 3, 4], 1])
    fail = false
    expect((await runStep(step, { repository })).counts.read).toBe(4)
    expect(writer.items).toEqual(numbers(6))
    expect([yielded.slice(4), closed]).toEqual([numbers(6), 2])
  })

  it('may be an iterable used by two steps at once', async () => {
    const shared = new Set(numbers(3))
    const writer = new ListItemWriter<number>()
    const step = (name: string) =>
      chunkStep(name, { chunkSize: 1, reader: shared, processor: async (item) => item, writer })
    await Promise.all([runStep(step('a')), runStep(step('b'))])
    expect(writer.items.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2, 3, 3])
  })

  it.each([undefined, null, 5, 'text', {}])('must not be %s from a reader function', async (made) => {
    const step = chunkStep('wrong', { chunkSize: 1, reader: (() => made) as () => number[], writer: () => undefined })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_READER_CONTRACT', value: made }])
  })

  it.each([undefined, null, 5, {}])('must not be %s from stepScope: the error names the part', async (made) => {
    const scoped = stepScope(() => made) as unknown as ReturnType<typeof stepScope<ItemWriter<number>>>
    const step = chunkStep('wrong', { chunkSize: 1, reader: [1], writer: scoped })
    expect((await runStep(step)).failures).toMatchObject([
      { code: 'BATCH_INVALID_OPTION', option: 'chunkStep("wrong").writer', value: made },
    ])
  })

  it('is not there when a factory fails: the step fails with its error', async () => {
    const reader = (): number[] => {
      throw new Error('no file')
    }
    const step = chunkStep('broken', { chunkSize: 1, reader, writer: () => undefined })
    expect((await runStep(step)).failures).toEqual([new Error('no file')])
  })
})
