import {
  chunkStep,
  ClassifierCompositeItemWriter,
  CompositeItemWriter,
  type DeadLetter,
  deadLetterRecord,
  type ItemWriter,
  job,
  JobOperator,
  MappingItemWriter,
  MemoryJobRepository,
  stepScope,
  type WriteContext,
} from 'chunkwise'
import { ListItemWriter, runStep, testStepContext } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { LineFile } from '../step/chunk/line-file.js'
import { numbers } from '../step/deferred.js'

const BAD = Object.assign(new Error('bad item'), { code: 'BAD' })
const words = (last: number) => numbers(last).map((number) => `word ${number}`)

const guarantee = async (writer: ItemWriter<string>) => {
  const repository = new MemoryJobRepository()
  await using operator = new JobOperator({ repository })
  const step = chunkStep('write', { chunkSize: 1, reader: words(1), writer })
  const [described] = operator.describe(job('one').start(step).build()).nodes
  return described
}

describe('a CompositeItemWriter', () => {
  it('writes to all in order, and undoes all when one fails', async () => {
    const [file, list] = [new LineFile(), new ListItemWriter<string>()]
    let fail = true
    const flaky = () => {
      if (fail) throw BAD
    }
    const repository = new MemoryJobRepository()
    const step = () =>
      chunkStep('both', {
        chunkSize: 2,
        reader: words(4),
        writer: new CompositeItemWriter<string>([file.writer(), list, flaky]),
      })
    expect((await runStep(step(), { repository })).failures).toEqual([BAD])
    expect([file.lines, list.items]).toEqual([[], []])
    fail = false
    expect((await runStep(step(), { repository })).status).toBe('COMPLETED')
    expect([file.lines, list.items]).toEqual([words(4), words(4)])
  })

  it('is exactly-once only if all are in the transaction, and names what is against it once', async () => {
    const list = new ListItemWriter<string>()
    expect(await guarantee(new CompositeItemWriter([list, list]))).toMatchObject({ guarantee: 'exactly-once' })
    const outside = new CompositeItemWriter<string>([list, () => undefined, new CompositeItemWriter([() => undefined])])
    expect(await guarantee(outside)).toMatchObject({
      guarantee: 'at-least-once',
      reasons: [expect.stringContaining('transactional: true')],
    })
    const pooled: ItemWriter<string> = { transactional: true, pool: {}, write: () => undefined }
    expect(await guarantee(new CompositeItemWriter([list, pooled]))).toMatchObject({
      guarantee: 'at-least-once',
      reasons: [expect.stringContaining('pool')],
    })
  })

  it('searches by halving where all can be undone, one by one where one cannot', async () => {
    const search = async (last: (items: readonly string[]) => void, outside?: ItemWriter<string>) => {
      const [file, list] = [new LineFile(), new ListItemWriter<string>()]
      let writes = 0
      const checked: ItemWriter<string> = {
        transactional: true,
        write(items) {
          writes++
          last(items)
        },
      }
      const writer = new CompositeItemWriter<string>([file.writer(), list, checked, ...(outside ? [outside] : [])])
      const step = chunkStep('search', { chunkSize: 32, reader: words(32), writer, skip: { limit: 1, on: ['BAD'] } })
      expect((await runStep(step)).counts).toMatchObject({ write: 31, writeSkip: 1 })
      const good = words(32).filter((word) => word !== 'word 9')
      expect([file.lines, list.items]).toEqual([good, good])
      return writes
    }
    const refuse = (items: readonly string[]) => {
      if (items.includes('word 9')) throw BAD
    }
    expect(await search(refuse)).toBeLessThan(12)
    expect(await search(refuse, { write: () => undefined })).toBe(33)
  })

  it('closes what it has opened, the last first, when one cannot be opened', async () => {
    const [first, second] = [new LineFile(), new LineFile()]
    const failing = second.writer()
    failing.open = () => {
      throw BAD
    }
    const order: string[] = []
    const closing = first.writer()
    closing.close = () => void order.push('first')
    failing.close = () => void order.push('second')
    const never = new LineFile()
    const writer = new CompositeItemWriter([closing, failing, never.writer()])
    const step = chunkStep('both', { chunkSize: 2, reader: words(1), writer })
    expect((await runStep(step)).failures).toEqual([BAD])
    expect([order, never.calls]).toEqual([['second', 'first'], []])
  })

  it('closes all, whatever fails, and tells of every failure', async () => {
    const files = [new LineFile(), new LineFile(), new LineFile()]
    const writers = files.map((file, index) => {
      const writer = file.writer()
      if (index !== 1) writer.close = () => Promise.reject(new Error(`cannot close ${index}`)) as never
      return writer
    })
    const writer = new CompositeItemWriter(writers)
    await writer.open?.(undefined, testStepContext<unknown>())
    const failure = await writer.close?.().catch((error: unknown) => error)
    expect(failure).toMatchObject({ errors: [{ message: 'cannot close 2' }, { message: 'cannot close 0' }] })
    expect(files[1]?.calls).toContain('close')
    await writer.close?.()
  })

  it('is a stream only if one of its writers is', () => {
    const list = new ListItemWriter<string>()
    const plain = new CompositeItemWriter<string>([list, () => undefined])
    expect([plain.open, plain.position, plain.complete, plain.close, plain.returnTo]).toEqual(Array(5).fill(undefined))
    const place = { write: () => undefined, open: () => undefined, position: () => 1, close: () => undefined }
    const placed = new CompositeItemWriter([list, place])
    expect([typeof placed.open, placed.returnTo, placed.position?.()]).toEqual(['function', undefined, { '1': 1 }])
  })

  it('refuses the places of other writers', async () => {
    const writer = new CompositeItemWriter([new LineFile().writer()])
    for (const position of [{}, { '1': { lines: 1 } }, { '0': { lines: 0 }, '1': { lines: 0 } }, 'text', null]) {
      const opening = writer.open?.(position, testStepContext<unknown>())
      await expect(opening).rejects.toMatchObject({ code: 'BATCH_POSITION' })
    }
  })

  it('hands each writer an array of its own', async () => {
    const list = new ListItemWriter<string>()
    const emptying = (items: readonly string[]) => void (items as string[]).splice(0)
    await runStep(
      chunkStep('own', { chunkSize: 2, reader: words(2), writer: new CompositeItemWriter<string>([emptying, list]) }),
    )
    expect(list.items).toEqual(words(2))
  })

  it.each([
    ['nothing', [], 'CompositeItemWriter.writers'],
    ['what is no writer', [{}], 'CompositeItemWriter.writers[0]'],
    ['null', [null], 'CompositeItemWriter.writers[0]'],
    ['stepScope', [stepScope(() => () => undefined)], 'CompositeItemWriter.writers[0]'],
    ['half a stream', [{ write: () => undefined, open: () => undefined }], 'CompositeItemWriter.writers[0]'],
  ])('refuses %s', (_what, writers, option) => {
    expect(() => new CompositeItemWriter(writers as never)).toThrow(expect.objectContaining({ option }))
  })

  it('refuses a writer with a place that another step has open, and leaves it open there', async () => {
    const shared = new LineFile()
    const writer = shared.writer()
    const first = new CompositeItemWriter([writer])
    await first.open?.(undefined, testStepContext<unknown>())
    const step = chunkStep('second', { chunkSize: 1, reader: words(1), writer: new CompositeItemWriter([writer]) })
    expect((await runStep(step)).failures).toMatchObject([{ code: 'BATCH_STREAM_IN_USE', part: 'writer' }])
    expect(shared.calls).toEqual(['open undefined'])
    await first.close?.()
    expect((await runStep(step)).status).toBe('COMPLETED')
  })

  it('that has a place cannot commit in any order, nor serve several partitions at once', () => {
    const writer = new CompositeItemWriter([new LineFile().writer()])
    expect(() =>
      chunkStep('any', { chunkSize: 1, reader: () => [1], writer: writer as ItemWriter<number>, commitOrder: 'any' }),
    ).toThrow(/position of its own/)
  })
})

describe('a ClassifierCompositeItemWriter', () => {
  const parity = (item: number) => (item % 2 === 0 ? 'even' : 'odd')

  it('hands each writer its items with their keys, and the rest of the context', async () => {
    const seen: [string, readonly number[], readonly (string | undefined)[]][] = []
    const note =
      (name: string) =>
      (items: readonly number[], { keys, executionContext }: WriteContext<never>) => {
        executionContext.put(name, items.length)
        seen.push([name, items, keys.map((key) => key.split(':').at(-1))])
      }
    const writer = new ClassifierCompositeItemWriter({
      classify: parity,
      writers: { odd: note('odd'), even: note('even') },
    })
    const execution = await runStep(chunkStep('parity', { chunkSize: 5, reader: numbers(5), writer }))
    expect(seen).toEqual([
      ['odd', [1, 3, 5], ['0', '2', '4']],
      ['even', [2, 4], ['1', '3']],
    ])
    expect([execution.executionContext.get('odd'), execution.executionContext.get('even')]).toEqual([3, 2])
  })

  it('does not call a writer that gets nothing', async () => {
    const lists = { odd: new ListItemWriter<number>(), even: new ListItemWriter<number>() }
    const writer = new ClassifierCompositeItemWriter({ classify: parity, writers: lists })
    await runStep(chunkStep('parity', { chunkSize: 1, reader: [1, 3], writer }))
    expect([lists.odd.chunks, lists.even.chunks]).toEqual([[[1], [3]], []])
  })

  it.each(['gone', '__proto__', 'constructor', undefined])(
    'refuses an item for the writer %o, which can be skipped',
    async (name) => {
      const odd = new ListItemWriter<number>()
      const writer = new ClassifierCompositeItemWriter({
        classify: (item: number) => (item === 2 ? (name as 'odd') : 'odd'),
        writers: { odd },
      })
      const skip = { limit: 1, on: ['BATCH_UNKNOWN_DELEGATE'] }
      const { counts } = await runStep(chunkStep('unknown', { chunkSize: 3, reader: numbers(3), writer, skip }))
      expect([counts.writeSkip, odd.items]).toEqual([1, [1, 3]])
    },
  )

  it.each<[options: unknown, option: string]>([
    [{ classify: 1, writers: { a: () => undefined } }, 'classify'],
    [{ classify: () => 'a', writers: {} }, 'writers'],
    [{ classify: () => 'a', writers: [() => undefined] }, 'writers'],
    [{ classify: () => 'a', writers: { a: 1 } }, 'writers.a'],
    [{ classify: () => 'a', delegates: {} }, 'delegates'],
  ])('checks its options: %o', (options, option) => {
    expect(() => new ClassifierCompositeItemWriter(options as never)).toThrow(
      expect.objectContaining({ option: `ClassifierCompositeItemWriter.${option}` }),
    )
  })
})

describe('a MappingItemWriter', () => {
  it('writes what its function makes of each item, with the place of its writer', async () => {
    const file = new LineFile()
    const repository = new MemoryJobRepository()
    const step = (bad?: number) =>
      chunkStep('map', {
        chunkSize: 2,
        reader: numbers(4),
        writer: new MappingItemWriter<number, string>({
          map: (item) => {
            if (item === bad) throw BAD
            return `number ${item}`
          },
          writer: file.writer(),
        }),
      })
    expect((await runStep(step(4), { repository })).failures).toEqual([BAD])
    expect((await runStep(step(), { repository })).status).toBe('COMPLETED')
    expect(file.lines).toEqual(['number 1', 'number 2', 'number 3', 'number 4'])
    expect(file.calls).toContain('open {"lines":2}')
  })

  it('writes dead letters as records to a writer with a place', async () => {
    const file = new LineFile()
    const to = new MappingItemWriter<DeadLetter, object>({ map: deadLetterRecord, writer: file.writer() })
    const processor = (item: number) => {
      if (item === 2) throw BAD
      return item
    }
    const skip = { limit: 1, on: ['BAD'], to }
    const writer = new ListItemWriter<number>()
    const { counts } = await runStep(chunkStep('skip', { chunkSize: 3, reader: numbers(3), processor, writer, skip }))
    expect(counts.processSkip).toBe(1)
    expect(file.lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { phase: 'process', position: '1', error: expect.stringContaining('bad item'), item: 2 },
    ])
  })

  it('is in the transaction if its writer is', async () => {
    const writer = new MappingItemWriter<string, string>({ map: String, writer: new ListItemWriter<string>() })
    expect(await guarantee(writer)).toMatchObject({ guarantee: 'exactly-once' })
  })

  it.each<[options: unknown, option: string]>([
    [{ map: 1, writer: () => undefined }, 'map'],
    [{ map: String, writer: {} }, 'writer'],
    [{ map: String, write: () => undefined }, 'write'],
  ])('checks its options: %o', (options, option) => {
    expect(() => new MappingItemWriter(options as never)).toThrow(
      expect.objectContaining({ option: `MappingItemWriter.${option}` }),
    )
  })
})
