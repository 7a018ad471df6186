import { describe, expect, it } from 'vitest'
import { IterableItemReader } from '../../src/item/iterable-item-reader.js'

async function drain<T>(reader: IterableItemReader<T>, size: number): Promise<(readonly T[])[]> {
  const chunks: (readonly T[])[] = []
  for (;;) {
    const chunk = await reader.readChunk(size)
    if (chunk.length === 0) return chunks
    chunks.push(chunk)
  }
}

/** Counts what is pulled, and whether it is closed. */
class Source implements Iterable<number> {
  pulled = 0
  closed = 0
  readonly last: number

  constructor(last: number) {
    this.last = last
  }

  [Symbol.iterator](): Iterator<number> {
    let next = 0
    return {
      next: () => {
        this.pulled++
        return next === this.last ? { done: true, value: undefined } : { done: false, value: ++next }
      },
      return: () => {
        this.closed++
        return { done: true, value: undefined }
      },
    }
  }
}

async function* generated() {
  yield* [1, 2, 3, 4, 5]
}

describe('an IterableItemReader', () => {
  it.each([
    ['an array', () => [1, 2, 3, 4, 5]],
    ['a set', () => new Set([1, 2, 3, 4, 5])],
    ['an iterable of its own', () => new Source(5)],
    ['an async generator', generated],
  ])('reads %s in chunks, and continues after a position', async (_, source) => {
    const reader = new IterableItemReader<number>(source())
    await reader.open(undefined)
    expect(await reader.readChunk(2)).toEqual([1, 2])
    const position = reader.position()
    expect(position).toEqual({ count: 2 })
    expect(await drain(reader, 2)).toEqual([[3, 4], [5]])
    expect(position).toEqual({ count: 2 })
    await reader.close()
    const again = new IterableItemReader<number>(source())
    await again.open(position)
    expect(await drain(again, 3)).toEqual([[3, 4, 5]])
    expect(again.position()).toEqual({ count: 5 })
    await again.close()
  })

  it('reads item by item, with values of a plain iterable and promises of an async one', async () => {
    const plain = new IterableItemReader(new Set(['a']))
    await plain.open(undefined)
    expect([plain.read(), plain.read()]).toEqual(['a', null])
    const async = new IterableItemReader(generated())
    await async.open(undefined)
    expect(async.read()).toBeInstanceOf(Promise)
    expect(await async.read()).toBe(2)
  })

  it('does not take an item that is undefined for the end', async () => {
    const reader = new IterableItemReader([undefined, 1])
    await reader.open(undefined)
    expect([reader.read(), reader.read(), reader.read()]).toEqual([undefined, 1, null])
  })

  it('pulls no more than it is asked for, and asks nothing after the end', async () => {
    const source = new Source(3)
    const reader = new IterableItemReader(source)
    await reader.open(undefined)
    expect(await reader.readChunk(2)).toEqual([1, 2])
    expect(source.pulled).toBe(2)
    await drain(reader, 2)
    await reader.readChunk(2)
    expect(source.pulled).toBe(4)
  })

  it('closes an iterator that has not ended, once', async () => {
    const source = new Source(3)
    const reader = new IterableItemReader(source)
    await reader.open(undefined)
    await reader.readChunk(1)
    await reader.close()
    await reader.close()
    expect(source.closed).toBe(1)
  })

  it('leaves an iterator alone that has ended', async () => {
    const source = new Source(1)
    const reader = new IterableItemReader(source)
    await reader.open(undefined)
    await drain(reader, 5)
    await reader.close()
    expect(source.closed).toBe(0)
  })

  it('lets the error of an iterator out, of a plain one at once', async () => {
    const failing = {
      [Symbol.iterator]: () => ({
        next: () => {
          throw new Error('line 1')
        },
      }),
    }
    const reader = new IterableItemReader(failing)
    await reader.open(undefined)
    expect(() => reader.readChunk(2)).toThrow('line 1')
    const rejecting = new IterableItemReader({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('line 2')) }),
    })
    await rejecting.open(undefined)
    await expect(rejecting.readChunk(2)).rejects.toThrow('line 2')
  })

  it.each([
    ['an array', () => [1, 2]],
    ['an iterable', () => new Set([1, 2])],
  ])('refuses to continue behind the end of %s', async (_, source) => {
    const reader = new IterableItemReader(source())
    await expect(reader.open({ count: 3 })).rejects.toMatchObject({ code: 'BATCH_POSITION', position: { count: 3 } })
    await reader.close()
    await new IterableItemReader(source()).open({ count: 2 })
  })

  it.each([7, null, 'two', [], {}, { count: -1 }, { count: 1.5 }, { count: '2' }])(
    'refuses the position %j of another reader',
    async (position) => {
      const reader = new IterableItemReader([1])
      await expect(reader.open(position)).rejects.toMatchObject({ code: 'BATCH_POSITION', position })
    },
  )

  it('can be opened again', async () => {
    const reader = new IterableItemReader([1, 2])
    await reader.open({ count: 1 })
    expect(await drain(reader, 2)).toEqual([[2]])
    await reader.close()
    await reader.open(undefined)
    expect(await drain(reader, 2)).toEqual([[1, 2]])
  })
})
