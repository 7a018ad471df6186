import { contextKey, ExecutionContext, type ReadonlyExecutionContext } from 'chunkwise'
import { describe, expect, expectTypeOf, it } from 'vitest'

describe('the types of a context', () => {
  const highestId = contextKey<bigint>('highestId')

  it('come with a typed key', () => {
    const context = new ExecutionContext()
    context.put(highestId, 5n)
    expectTypeOf(context.get(highestId)).toEqualTypeOf<bigint | undefined>()
    expect(context.get(highestId)).toBe(5n)
    expect(context.get('highestId')).toBe(5n)
    expectTypeOf((readOnly: ReadonlyExecutionContext) => readOnly.get(highestId)).returns.toEqualTypeOf<
      bigint | undefined
    >()
  })

  it('refuse a value of another type for a typed key', () => {
    const context = new ExecutionContext()
    // @ts-expect-error the key is one of bigints
    context.put(highestId, 5)
  })

  it('are the caller\u2019s word for a plain key', () => {
    const context = new ExecutionContext()
    context.put('plain', { any: ['thing'] })
    expectTypeOf(context.get('plain')).toEqualTypeOf<unknown>()
    expectTypeOf(context.get<number>('plain')).toEqualTypeOf<number | undefined>()
  })

  it('refuse a key without a name', () => {
    expect(() => contextKey('')).toThrow('contextKey.name')
  })
})
