import { expectExactlyOnce, NotExactlyOnceError } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

/** What the error says of the items. */
function difference(...args: Parameters<typeof expectExactlyOnce<unknown>>): NotExactlyOnceError {
  try {
    expectExactlyOnce(...args)
  } catch (error) {
    if (error instanceof NotExactlyOnceError) return error
    throw error
  }
  return expect.unreachable()
}

describe('expectExactlyOnce', () => {
  it('passes in any order, for any iterable, and for items that are expected more than once', () => {
    expectExactlyOnce([1, 2, 2], [2, 1, 2])
    expectExactlyOnce(new Set(['a', 'b']), ['b', 'a'])
    expectExactlyOnce([], [])
  })

  it('tells what is lost, what is too many, and what nobody expected', () => {
    const error = difference(['a', 'b', 'c', 'c'], ['b', 'b', 'c', 'x', 'b'])
    expect(error).toMatchObject({
      code: 'BATCH_NOT_EXACTLY_ONCE',
      lost: ['a', 'c'],
      doubled: ['b', 'b'],
      unexpected: ['x'],
      misplaced: undefined,
    })
    expect(error.message).toBe('2 lost: "a", "c"; 2 too many: "b", "b"; 1 not expected: "x"')
  })

  it('compares whole items by their values, whatever the order of properties', () => {
    const day = new Date('2025-12-21')
    expectExactlyOnce([{ a: 1, day, big: 2n }], [{ big: 2n, day: new Date(day), a: 1 }])
    expect(difference([1, undefined], ['1', null])).toMatchObject({ lost: [1, undefined], unexpected: ['1', null] })
  })

  it('compares by key, and gives the items themselves', () => {
    const key = (row: unknown): unknown => (row as { id: number }).id
    expectExactlyOnce([{ id: 1, at: 'monday' }], [{ id: 1, at: 'tuesday' }], { key })
    expect(difference([{ id: 1 }, { id: 2 }], [{ id: 2, extra: true }], { key })).toMatchObject({ lost: [{ id: 1 }] })
  })

  it('tells where the order differs first, where it is asked for', () => {
    expectExactlyOnce(['a', 'b', 'c'], ['a', 'c', 'b'])
    const error = difference(['a', 'b', 'c'], ['a', 'c', 'b'], { order: 'same' })
    expect(error.misplaced).toEqual({ index: 1, expected: 'b', actual: 'c' })
    expect(error.message).toContain('at index 1 is "c" instead of "b"')
  })

  it('shows a few items only', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => index)
    expect(difference(many, []).message).toBe('1000 lost: 0, 1, 2, 3, 4, and 995 more')
  })

  it('refuses options that cannot work', () => {
    expect(() => expectExactlyOnce([], [], { key: 'id' as never })).toThrow('expectExactlyOnce.key')
    expect(() => expectExactlyOnce([], [], { order: 'some' as never })).toThrow('"some"')
  })
})
