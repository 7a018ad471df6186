import { ListItemReader, ListItemWriter, testStepContext } from 'chunkwise/testing'
import { MemoryJobRepository } from 'chunkwise'
import { describe, expect, it } from 'vitest'

describe('ListItemReader', () => {
  it('reads item by item or in chunks, and ends with null or an empty array', () => {
    const reader = new ListItemReader('abcd')
    reader.open(undefined)
    expect([reader.read(), reader.readChunk(2), reader.read(), reader.read()]).toEqual(['a', ['b', 'c'], 'd', null])
    expect(reader.readChunk(2)).toEqual([])
    expect(reader.position()).toEqual({ count: 4 })
  })

  it('copies its items, continues at a position, and says whether it is open', () => {
    const items = [1, 2, 3]
    const reader = new ListItemReader(items)
    items.length = 0
    expect(reader.isOpen).toBe(false)
    reader.open({ count: 2 })
    expect([reader.isOpen, reader.readChunk(5)]).toEqual([true, [3]])
    reader.close()
    expect(reader.isOpen).toBe(false)
  })

  it.each([null, 5, {}, { count: -1 }, { count: 0.5 }, { count: 'x' }, { count: 4 }])(
    'refuses the position %j',
    (position) => {
      const reader = new ListItemReader([1, 2, 3])
      expect(() => reader.open(position)).toThrow(expect.objectContaining({ code: 'BATCH_POSITION' }))
    },
  )
})

describe('ListItemWriter', () => {
  const context = async () => {
    const transaction = await new MemoryJobRepository().transactionManager.begin()
    return { ...testStepContext(), transaction }
  }

  it('keeps copies of what is written, chunk by chunk', async () => {
    const writer = new ListItemWriter<number>()
    const items = [1, 2]
    writer.write(items, await context())
    items.push(3)
    writer.write([4], await context())
    expect([writer.items, writer.chunks]).toEqual([
      [1, 2, 4],
      [[1, 2], [4]],
    ])
  })

  it('takes out again what is rolled back, and nothing else', async () => {
    const writer = new ListItemWriter<number>()
    const [first, second, third] = [await context(), await context(), await context()]
    writer.write([1], first)
    writer.write([1], second)
    writer.write([3], third)
    await second.transaction.rollback()
    await second.transaction.rollback()
    await first.transaction.commit()
    await first.transaction.rollback()
    expect(writer.chunks).toEqual([[1], [3]])
  })
})
