import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { InvalidContextValueError } from '../../src/domain/context-value-error.js'
import { ExecutionContext, putReserved, removeReserved } from '../../src/domain/execution-context.js'

function refusal(key: string, value: unknown): InvalidContextValueError {
  const context = new ExecutionContext()
  try {
    context.put(key, value)
  } catch (error) {
    if (!(error instanceof InvalidContextValueError)) throw error
    expect(context.size).toBe(0)
    expect(context.isDirty).toBe(false)
    return error
  }
  throw new Error('the value was accepted')
}

class Money {
  cents = 5
}

const cycle: { self?: unknown } = {}
cycle.self = [cycle]

const hidden = Object.defineProperty({}, 'h', { value: 1 })
const labelled = Object.assign([1, 2], { label: 'x' })
const deep = Array.from({ length: 201 }).reduce<unknown>((inner) => [inner], 1)

describe('ExecutionContext', () => {
  it('what is put is copied in', () => {
    const context = new ExecutionContext()
    const list = [{ at: new Date(0) }]
    context.put('list', list)
    list[0]?.at.setTime(5)
    list.push({ at: new Date(1) })
    expect(context.get('list')).toEqual([{ at: new Date(0) }])
  })

  it('what comes out cannot change the context', () => {
    const context = new ExecutionContext({ at: new Date(0), deep: { list: [1, { at: new Date(0) }] } })
    context.get<Date>('at')?.setTime(5)
    const deepValue = context.get<{ list: [number, { at: Date }] }>('deep')
    deepValue?.list[1].at.setTime(5)
    const list = deepValue?.list as unknown[]
    expect(() => list.push(5)).toThrow(TypeError)
    expect(context.toObject()).toEqual({ at: new Date(0), deep: { list: [1, { at: new Date(0) }] } })
  })

  it('a value without dates is given out as the same frozen value', () => {
    const context = new ExecutionContext({ list: [{ a: 1n }] })
    expect(context.get('list')).toBe(context.get('list'))
    expect(Object.isFrozen(context.get<object[]>('list')?.[0])).toBe(true)
  })

  it.each([
    ['undefined', undefined, 'k'],
    ['a function', () => 1, 'k'],
    ['a symbol', Symbol('s'), 'k'],
    ['NaN', [1, Number.NaN], 'k[1]'],
    ['infinity', { a: { b: Number.NEGATIVE_INFINITY } }, 'k.a.b'],
    ['minus zero', { a: [0, 0, -0] }, 'k.a[2]'],
    ['a class instance', { 'a-b': new Money() }, 'k["a-b"]'],
    ['a Map', new Map(), 'k'],
    ['a Set', [new Set()], 'k[0]'],
    ['a RegExp', /x/, 'k'],
    ['a Buffer', Buffer.from('x'), 'k'],
    ['an invalid Date', new Date(Number.NaN), 'k'],
    ['a cycle', cycle, 'k.self[0]'],
    ['half of a surrogate pair', { a: '\uDC00' }, 'k.a'],
    ['half of a surrogate pair in a key', { '\uD800': 1 }, 'k["\\ud800"]'],
    ['a hole', [1, , 3], 'k'], // oxlint-disable-line no-sparse-arrays
    ['an array with a property', labelled, 'k'],
    ['a symbol as a key', { [Symbol('s')]: 1 }, 'k'],
    [
      'a getter',
      {
        get a() {
          return 1
        },
      },
      'k.a',
    ],
    ['a hidden property', hidden, 'k.h'],
    ['a bigint of more than 1000 digits', -(10n ** 1000n), 'k'],
    ['an undefined property', { a: undefined }, 'k.a'],
  ])('%s is refused and the context unchanged', (_name, value, path) => {
    const error = refusal('k', value)
    expect(error.code).toBe('BATCH_INVALID_CONTEXT_VALUE')
    expect(error.key).toBe('k')
    expect(error.path).toBe(path)
    expect(error.message).toContain(`the execution context cannot keep ${path}, which is `)
  })

  it('what is nested too deeply for other readers is refused', () => {
    expect(refusal('k', deep).message).toContain('nested deeper than 200 levels')
  })

  it('the same object in two places is no cycle', () => {
    const shared = { a: 1 }
    const context = new ExecutionContext({ both: [shared, shared] })
    expect(context.get('both')).toEqual([{ a: 1 }, { a: 1 }])
  })

  it('objects without a prototype and objects of another realm are plain', () => {
    const context = new ExecutionContext()
    context.put('bare', Object.assign(Object.create(null), { a: 1 }))
    context.put('other', runInNewContext('({ list: [1, { a: 2 }], at: new Date(0) })'))
    expect(context.get('bare')).toStrictEqual({ a: 1 })
    expect(context.get('other')).toStrictEqual({ list: [1, { a: 2 }], at: new Date(0) })
  })

  it('__proto__ is a key like any other, at every level', () => {
    const context = new ExecutionContext()
    context.put('__proto__', JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(context.keys()).toEqual(['__proto__'])
    expect(Object.hasOwn(context.get<object>('__proto__') ?? {}, '__proto__')).toBe(true)
    expect(Object.hasOwn(context.toObject(), '__proto__')).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect((context.get('__proto__') as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('keys of the engine are refused to others', () => {
    const context = new ExecutionContext()
    expect(() => context.put('chunkwise.position', 1)).toThrow('belong to the engine')
    putReserved(context, 'chunkwise.position', { page: 2 })
    expect(() => context.remove('chunkwise.position')).toThrow(InvalidContextValueError)
    expect(context.get('chunkwise.position')).toEqual({ page: 2 })
    removeReserved(context, 'chunkwise.position')
    expect(context.size).toBe(0)
  })

  it('keys that cannot be stored are refused', () => {
    const context = new ExecutionContext()
    expect(() => context.put('@class', 1)).toThrow(InvalidContextValueError)
    expect(() => context.put('\uD800', 1)).toThrow(InvalidContextValueError)
    expect(() => context.put(5 as unknown as string, 1)).toThrow(InvalidContextValueError)
    expect(context.isDirty).toBe(false)
  })

  it('only a change makes a context dirty', () => {
    const context = new ExecutionContext({ a: 1 })
    expect(context.isDirty).toBe(false)
    context.put('a', 1)
    context.remove('b')
    expect(context.isDirty).toBe(false)
    context.put('a', 2)
    expect(context.isDirty).toBe(true)
    context.markClean()
    context.remove('a')
    expect(context.isDirty).toBe(true)
  })

  it('a copy goes its own way', () => {
    const context = new ExecutionContext({ a: 1 })
    context.put('b', [2])
    const copy = context.copy()
    expect(copy.isDirty).toBe(true)
    copy.put('c', 3)
    context.remove('a')
    expect(copy.entries()).toEqual([
      ['a', 1],
      ['b', [2]],
      ['c', 3],
    ])
    expect(context.entries()).toEqual([['b', [2]]])
    expect(copy.has('a')).toBe(true)
    expect(context.has('a')).toBe(false)
  })
})
