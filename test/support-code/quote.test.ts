import { expect, it } from 'vitest'
import { quote } from '../../src/support/quote.js'

class Money {}

it.each([
  ['a "b"\n', '"a \\"b\\"\\n"'],
  [5n, '5n'],
  [undefined, 'undefined'],
  [null, 'null'],
  [-1.5, '-1.5'],
  [Symbol('s'), 'Symbol(s)'],
  [() => 1, 'a function'],
  [Money, 'function Money'],
  [new Money(), 'an instance of Money'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [new Date(Number.NaN), 'an invalid Date'],
  [{ a: [1n] }, '{"a":["1n"]}'],
])('%o is shown as %s', (value, text) => {
  expect(quote(value)).toBe(text)
})

it('a value that resists is shown all the same', () => {
  const cycle: unknown[] = []
  cycle.push(cycle)
  expect(quote(cycle)).toBe('a value that cannot be shown')
  const nasty = {
    toJSON() {
      throw new Error('no')
    },
  }
  expect(quote(nasty)).toBe('a value that cannot be shown')
})

it('long values are cut to the limit', () => {
  expect(quote('x'.repeat(500))).toHaveLength(100)
  expect(quote('x'.repeat(500), 10)).toBe('"xxxxxx...')
})
