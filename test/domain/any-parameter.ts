import fc from 'fast-check'
import type { ParameterType, ParameterValue } from '../../src/domain/parameter-types.js'

const two = (value: number): string => String(value).padStart(2, '0')

const anyDay = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))

const anyTime = fc
  .record({ h: fc.nat(23), m: fc.nat(59), s: fc.nat(59), fraction: fc.stringMatching(/^[0-9]{0,9}$/) })
  .map(({ h, m, s, fraction }) => `${two(h)}:${two(m)}:${two(s)}${fraction === '' ? '' : `.${fraction}`}`)

const storableText = fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !text.includes('\0'))

const VALUES: { readonly [T in ParameterType]: fc.Arbitrary<ParameterValue> } = {
  string: storableText,
  long: fc.maxSafeInteger(),
  bigint: fc.bigInt(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
  date: fc.date({ noInvalidDate: true }),
  localDate: anyDay,
  localDateTime: fc.tuple(anyDay, anyTime).map((parts) => parts.join('T')),
  localTime: anyTime,
}

/** A type and a value of it, as a caller would give it. */
export const anyParameter: fc.Arbitrary<{ readonly type: ParameterType; readonly value: ParameterValue }> = fc.oneof(
  ...(Object.keys(VALUES) as ParameterType[]).map((type) => VALUES[type].map((value) => ({ type, value }))),
)
