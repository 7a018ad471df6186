import { listPartitioner, type Partition, type StepContext } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { numbers } from '../deferred.js'

const deal = (values: Iterable<unknown>, gridSize: number) =>
  listPartitioner(values).partition(gridSize, {} as StepContext) as Partition[]

describe('listPartitioner', () => {
  it('deals values evenly, in their order', () => {
    expect(deal(['a', 'b', 'c', 'd', 'e'], 2)).toEqual([
      { name: '1', context: { values: ['a', 'c', 'e'] } },
      { name: '2', context: { values: ['b', 'd'] } },
    ])
  })

  it('makes no more partitions than there are values, and none of nothing', () => {
    expect(deal([1, 2], 5)).toEqual([
      { name: '1', context: { values: [1] } },
      { name: '2', context: { values: [2] } },
    ])
    expect(deal([], 5)).toEqual([])
  })

  it('gives names that sort as the numbers do', () => {
    const names = deal(numbers(100), 100).map(({ name }) => name)
    expect([names[0], names[99]]).toEqual(['001', '100'])
    expect(names.toSorted()).toEqual(names)
  })

  it('takes an iterator’s values once, for every call', () => {
    const partitioner = listPartitioner(new Set([1, 2]).values())
    for (const _ of [1, 2])
      expect(partitioner.partition(1, {} as StepContext)).toEqual([{ name: '1', context: { values: [1, 2] } }])
  })

  it.each([undefined, 5, 'text', {}])('refuses %s', (values) => {
    expect(() => listPartitioner(values as never)).toThrow('listPartitioner.values must be an array')
  })
})
