import { chunkStep, type ItemReader } from 'chunkwise'
import { ListItemWriter, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'

const run = (reader: ItemReader<number>, writer = new ListItemWriter<number>()) =>
  runStep(chunkStep('source', { chunkSize: 3, reader, writer }))

describe('a reader', () => {
  it('may answer with values and promises in turn, and is not called again after its end', async () => {
    const writer = new ListItemWriter<number>()
    let calls = 0
    const read = () => {
      calls++
      const item = calls > 7 ? null : calls
      return calls % 3 === 0 ? Promise.resolve(item) : item
    }
    await run({ read }, writer)
    expect(writer.chunks).toEqual([[1, 2, 3], [4, 5, 6], [7]])
    expect(calls).toBe(8)
  })

  it('may answer with fewer items than asked for, until an empty array ends the input', async () => {
    const writer = new ListItemWriter<number>()
    const answers = [[1], [2, 3, 4], [5, 6], []]
    const sizes: number[] = []
    await run(
      {
        read: () => null,
        readChunk: (size) => {
          sizes.push(size)
          return answers.shift()!
        },
      },
      writer,
    )
    expect(writer.chunks).toEqual([[1], [2, 3, 4], [5, 6]])
    expect(sizes).toEqual([3, 3, 3, 3])
  })

  it('that answers with fewer items leaves no gap in the numbers that name them', async () => {
    const answers = [[1], [2, 3], [4], []]
    const keys: string[] = []
    const step = chunkStep('short', {
      chunkSize: 3,
      reader: { read: () => null, readChunk: () => answers.shift()! },
      writer: (_items, context) => void keys.push(...context.keys),
    })
    const { executionContext } = await runStep(step)
    expect(keys.map((key) => key.slice(key.lastIndexOf(':') + 1))).toEqual(['0', '1', '2', '3'])
    expect(executionContext.get('chunkwise.count')).toBe(4)
  })

  it.each([
    ['undefined from read', { read: () => undefined }],
    ['a promise of undefined from read', { read: () => Promise.resolve(undefined) }],
    ['undefined from readChunk', { read: () => null, readChunk: () => undefined }],
    ['a single item from readChunk', { read: () => null, readChunk: () => 'abc' }],
    ['an iterable from readChunk', { read: () => null, readChunk: () => new Set([1]) }],
    ['more items than asked for', { read: () => null, readChunk: () => numbers(4) }],
    ['a hole among the items', { read: () => null, readChunk: () => [1, undefined, 2] }],
    ['a null among the items', { read: () => null, readChunk: () => [1, null] }],
  ])('that gives %s fails the step with a typed error', async (_, reader) => {
    const writer = new ListItemWriter<number>()
    const execution = await run(reader as unknown as ItemReader<number>, writer)
    expect(execution).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_READER_CONTRACT', stepName: 'source' }],
    })
    expect(writer.items).toEqual([])
  })

  it('that fails is not called again', async () => {
    let calls = 0
    const read = () => {
      calls++
      throw new Error('broken')
    }
    expect((await run({ read })).failures).toEqual([new Error('broken')])
    expect(calls).toBe(1)
  })

  it('is asked for its position once per chunk, after the last item of the chunk', async () => {
    const asked: number[] = []
    let next = 0
    await run({
      read: () => (next < 7 ? ++next : null),
      open: () => undefined,
      position: () => {
        asked.push(next)
        return next
      },
      close: () => undefined,
    } as ItemReader<number>)
    expect(asked).toEqual([3, 6, 7])
  })

  it('whose position fails, fails the step before the chunk is written', async () => {
    const writer = new ListItemWriter<number>()
    const position = () => {
      throw new Error('lost')
    }
    const reader = { read: () => 1, open: () => undefined, position, close: () => undefined }
    expect((await run(reader, writer)).failures).toEqual([new Error('lost')])
    expect(writer.items).toEqual([])
  })
})
