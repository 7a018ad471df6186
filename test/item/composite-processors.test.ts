import {
  chunkStep,
  ClassifierCompositeItemProcessor,
  CompositeItemProcessor,
  FilteringItemProcessor,
  type ItemContext,
  type ItemSchema,
  type SchemaResult,
  stepScope,
  ValidatingItemProcessor,
} from 'chunkwise'
import { ListItemWriter, runStep, testStepContext } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

const context: ItemContext = { ...testStepContext<unknown>(), key: 'key' }

describe('a CompositeItemProcessor', () => {
  const trim = (line: string) => line.trim()
  const filled = (line: string) => (line === '' ? null : line)

  it('hands each result on, and stays synchronous as long as its processors do', () => {
    const chain = new CompositeItemProcessor(trim, { process: filled }, (line) => line.length)
    expect(chain.process(' abc ', context)).toBe(3)
  })

  it('waits where a processor does, and goes on behind it', async () => {
    const chain = new CompositeItemProcessor(trim, async (line) => `${line}!`, filled)
    expect(await chain.process(' a ', context)).toBe('a!')
  })

  it.each([null, undefined])('ends with the first that filters, by %s', async (nothing) => {
    let asked = 0
    const count = (line: string) => (asked++, line)
    expect(new CompositeItemProcessor(() => nothing as string | null | undefined, count).process(1, context)).toBeNull()
    const later = new CompositeItemProcessor(async () => nothing as string | null | undefined, count)
    expect(await later.process(1, context)).toBeNull()
    expect(asked).toBe(0)
  })

  it('hands the context to each, and lets errors out', async () => {
    const keys: string[] = []
    const note = (item: number, { key }: ItemContext) => (keys.push(key), item)
    const failing = () => Promise.reject(new Error('second'))
    const chain = new CompositeItemProcessor(note, failing, note)
    await expect(chain.process(1, context)).rejects.toThrow('second')
    expect(keys).toEqual(['key'])
  })

  it.each([[[]], [[trim, null]], [[trim, {}]], [[stepScope(() => trim)]]])('refuses %o', (processors) => {
    const make = CompositeItemProcessor as unknown as new (...all: unknown[]) => unknown
    expect(() => new make(...processors)).toThrow(expect.objectContaining({ code: 'BATCH_INVALID_OPTION' }))
  })

  it('puts together what steps are made of', async () => {
    const writer = new ListItemWriter<number>()
    const processor = new CompositeItemProcessor(trim, filled, (line) => line.length)
    const { counts } = await runStep(
      chunkStep('chain', { chunkSize: 2, reader: ['a ', ' ', 'bcd'], processor, writer }),
    )
    expect([writer.items, counts.filter]).toEqual([[1, 3], 1])
  })
})

describe('a ClassifierCompositeItemProcessor', () => {
  const signed = new ClassifierCompositeItemProcessor({
    classify: (n: number) => (n < 0 ? 'negative' : n === 0 ? 'zero' : 'other'),
    processors: {
      negative: { process: async (n: number) => `minus ${-n}` },
      zero: () => null,
      other: (n: number) => `plus ${n}`,
    },
  })

  it('hands each item to the processor that it names', async () => {
    expect(await Promise.all([-1, 0, 2].map(async (n) => signed.process(n, context)))).toEqual([
      'minus 1',
      null,
      'plus 2',
    ])
  })

  it('refuses an item for a processor that is not there', () => {
    const none = new ClassifierCompositeItemProcessor({
      classify: () => 'toString' as 'a',
      processors: { a: (n: number) => n },
    })
    expect(() => none.process(1, context)).toThrow(
      expect.objectContaining({ code: 'BATCH_UNKNOWN_DELEGATE', delegate: 'toString', known: ['a'] }),
    )
  })
})

describe('a FilteringItemProcessor', () => {
  it('keeps items as they are, and filters the others', async () => {
    const even = new FilteringItemProcessor((n: number) => n % 2 === 0)
    expect([even.process(1, context), even.process(2, context)]).toEqual([null, 2])
    const late = new FilteringItemProcessor(async (n: number) => n % 2 === 0)
    expect([await late.process(1, context), await late.process(2, context)]).toEqual([null, 2])
  })

  it('refuses what is no function', () => {
    expect(() => new FilteringItemProcessor('even' as never)).toThrow(/FilteringItemProcessor\.keep must be a function/)
  })
})

describe('a ValidatingItemProcessor', () => {
  const answering = <O>(
    validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>,
  ): ItemSchema<unknown, O> => ({
    '~standard': { version: 1, vendor: 'test', validate },
  })
  const age = answering<{ age: number }>((value) => {
    const years = Number((value as { age?: unknown }).age)
    if (!Number.isNaN(years)) return { value: { age: years } }
    return { issues: [{ message: 'must be a number', path: ['people', { key: 3 }, 'age'] }, { message: 'is odd' }] }
  })

  it('gives what the schema makes of the item, at once or later', async () => {
    expect(new ValidatingItemProcessor({ schema: age }).process({ age: '7' }, context)).toEqual({ age: 7 })
    const late = answering(async (value) => ({ value }))
    expect(await new ValidatingItemProcessor({ schema: late }).process(3, context)).toBe(3)
  })

  it('fails with what is wrong, and where', async () => {
    const issues = [
      { message: 'must be a number', path: 'people.3.age' },
      { message: 'is odd', path: '' },
    ]
    const process = () => new ValidatingItemProcessor({ schema: age }).process({ age: 'x' }, context)
    expect(process).toThrow(expect.objectContaining({ code: 'BATCH_ITEM_INVALID', issues }))
    expect(process).toThrow('an item is not valid: people.3.age: must be a number; is odd')
    const late = answering(async () => ({ issues: [{ message: 'no' }] }))
    await expect(new ValidatingItemProcessor({ schema: late }).process(3, context)).rejects.toThrow('no')
  })

  it('names five of many issues in its message, and has them all', () => {
    const many = answering(() => ({ issues: Array.from({ length: 7 }, (_, index) => ({ message: `m${index}` })) }))
    const process = () => new ValidatingItemProcessor({ schema: many }).process(1, context)
    expect(process).toThrow(/m4; and 2 more$/)
  })

  it('filters instead, if it is told to', async () => {
    const filter = new ValidatingItemProcessor({ schema: age, onInvalid: 'filter' })
    const writer = new ListItemWriter<{ age: number }>()
    const step = chunkStep('valid', { chunkSize: 2, reader: [{ age: 1 }, { age: 'x' }], processor: filter, writer })
    expect([(await runStep(step)).counts.filter, writer.items]).toEqual([1, [{ age: 1 }]])
  })

  it('has an error that steps can skip', async () => {
    const step = chunkStep('valid', {
      chunkSize: 2,
      reader: [{ age: 1 }, { age: 'x' }],
      processor: new ValidatingItemProcessor({ schema: age }),
      writer: new ListItemWriter<{ age: number }>(),
      skip: { limit: 1, on: ['BATCH_ITEM_INVALID'] },
    })
    expect((await runStep(step)).counts).toMatchObject({ processSkip: 1, write: 1 })
  })

  it.each([
    [{ schema: {} }, 'schema'],
    [{}, 'schema'],
    [{ schema: age, onInvalid: 'skip' }, 'onInvalid'],
    [{ schema: age, invalid: 'fail' }, 'invalid'],
  ])('checks its options: %o', (options, option) => {
    expect(() => new ValidatingItemProcessor(options as never)).toThrow(
      expect.objectContaining({ option: `ValidatingItemProcessor.${option}` }),
    )
  })
})
