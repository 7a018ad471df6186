import { Readable } from 'node:stream'
import { chunk, chunkStep, InvalidOptionError, SimpleAsyncTaskExecutor, stepScope } from 'chunkwise'
import { describe, expect, it } from 'vitest'

const good = { chunkSize: 10, reader: [1], writer: () => undefined }
const make = (options: object) => () => chunkStep('load', { ...good, ...options } as typeof good)

function refusal(run: () => unknown): InvalidOptionError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error('nothing was refused')
}

const notIterator = function* () {
  yield 1
}

describe('a chunk step refuses', () => {
  it.each([0, -1, 1.5, NaN, Infinity, '400', undefined, null, 10n])('the chunk size %s', (chunkSize) => {
    const error = refusal(make({ chunkSize }))
    expect(error).toMatchObject({
      code: 'BATCH_INVALID_OPTION',
      option: 'chunkStep("load").chunkSize',
      value: chunkSize,
    })
  })

  it('a chunk size of text, and quotes it', () => {
    expect(refusal(make({ chunkSize: '400' })).message).toBe(
      'chunkStep("load").chunkSize must be a whole number from 1, but is "400"',
    )
  })

  it.each([
    ['itemConcurrency', 0],
    ['itemConcurrency', '2'],
    ['concurrency', 0],
    ['concurrency', 2.5],
    ['concurrency', 10_001],
    ['startLimit', 0],
    ['commitOrder', 'any order'],
    ['allowStartIfComplete', 'yes'],
    ['transaction', {}],
    ['taskExecutor', {}],
    ['taskExecutor', 8],
    ['listeners', {}],
    ['processor', {}],
    ['processor', null],
    ['processor', 'double'],
    ['writer', undefined],
    ['writer', { print: () => undefined }],
    ['writer', { stepScope: 'no function' }],
  ])('%s: %s', (option, value) => {
    expect(refusal(make({ [option]: value }))).toMatchObject({ option: `chunkStep("load").${option}`, value })
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text, though its letters could be iterated', 'abc'],
    ['an object that is neither reader nor iterable', { rows: [] }],
    ['a number', 7],
  ])('a reader that is %s', (_, reader) => {
    const error = refusal(make({ reader }))
    expect(error).toMatchObject({ option: 'chunkStep("load").reader', value: reader })
    expect(error.message).toContain('a function that makes one')
  })

  it.each([
    ['a generator object', notIterator()],
    ['an iterator of an array', [1].values()],
    ['a Node stream', Readable.from([1])],
    ['a web stream', new ReadableStream()],
  ])('%s as reader, which can be read only once', (_, reader) => {
    expect(refusal(make({ reader })).message).toContain('give a function that makes it')
  })

  it('a listener that is no object, with its place', () => {
    expect(refusal(make({ listeners: [{ afterStep: () => undefined }, 'log'] })).option).toBe(
      'chunkStep("load").listeners[1]',
    )
  })

  it('an option it does not know, with the nearest it knows', () => {
    expect(refusal(make({ chunksize: 4 })).message).toContain('"chunkSize"')
  })

  it('an executor without a limit, unless concurrency is given', () => {
    const taskExecutor = new SimpleAsyncTaskExecutor()
    expect(refusal(make({ taskExecutor })).option).toBe('chunkStep("load").concurrency')
    expect(make({ taskExecutor, concurrency: 2 })().name).toBe('load')
  })

  it.each([undefined, '', 'x'.repeat(101), 5])('the name %s', (name) => {
    expect(refusal(() => chunkStep(name as string, good))).toMatchObject({ option: 'chunkStep.name', value: name })
  })

  it.each([undefined, null, 'options', [good]])('%s for options', (options) => {
    expect(refusal(() => chunkStep('load', options as unknown as typeof good))).toBeInstanceOf(InvalidOptionError)
  })

  it('the same without a name', () => {
    expect(refusal(() => chunk({ ...good, chunkSize: 0 })).option).toBe('chunk.chunkSize')
  })

  it('nothing of what may be read or written', () => {
    const readers = [[], new Set(), new Map(), notIterator, { read: () => null }, { [Symbol.iterator]: notIterator }]
    for (const reader of readers) expect(make({ reader })().name).toBe('load')
    for (const writer of [{ write: () => undefined }, stepScope(() => () => undefined)]) make({ writer })()
  })
})

it('stepScope refuses what is no function', () => {
  expect(refusal(() => stepScope([] as never))).toMatchObject({ option: 'stepScope', value: [] })
})
