import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkParameterValue } from '../../src/domain/check-parameter.js'
import { javaType, javaTypeOf, parameterFromText, parameterToText } from '../../src/domain/java-parameter.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'
import { anyParameter } from './any-parameter.js'

describe('stored parameters', () => {
  it.each([
    ['java.lang.String', 'a b', 'string', 'a b', 'a b'],
    ['java.lang.Long', '-5', 'long', -5, '-5'],
    ['java.math.BigInteger', '123456789012345678901', 'bigint', 123456789012345678901n, '123456789012345678901'],
    ['java.lang.Double', '1.0E10', 'double', 1e10, '1.0E10'],
    ['java.lang.Boolean', 'true', 'boolean', true, 'true'],
    ['java.util.Date', '2024-01-01T00:00:00Z', 'date', new Date('2024-01-01'), '2024-01-01T00:00:00Z'],
    ['java.util.Date', '2024-01-01T00:00:00.120Z', 'date', new Date(1704067200120), '2024-01-01T00:00:00.120Z'],
    ['java.time.LocalDate', '2024-02-29', 'localDate', '2024-02-29', '2024-02-29'],
    ['java.time.LocalDateTime', '2024-02-29T10:00:00', 'localDateTime', '2024-02-29T10:00', '2024-02-29T10:00:00'],
    ['java.time.LocalTime', '10:00:00.5', 'localTime', '10:00:00.500', '10:00:00.5'],
  ] as const)('%s %s is read as %s', (java, text, type, value, written) => {
    const parameter = parameterFromText(java, text, false)
    expect(parameter).toEqual({ type, value, identifying: false })
    expect(javaType(type)).toBe(java)
    expect(parameterToText(parameter)).toBe(written)
  })

  it.each([
    ['java.util.UUID', 'not ours'],
    ['java.lang.Double', 'NaN'],
    ['java.lang.Boolean', 'yes'],
    ['java.util.Date', 'Thu Jan 01 00:00:00 UTC 1970'],
    ['java.lang.Long', '1.5'],
  ])('%s with the text %s is kept as text that knows its class', (java, text) => {
    const parameter = parameterFromText(java, text, true)
    expect(parameter).toEqual({ type: 'string', value: text, identifying: true, javaType: java })
    expect(parameterToText(parameter)).toBe(text)
    expect(javaTypeOf(parameter)).toBe(java)
  })

  it('a Long that JavaScript would round is a bigint that knows its class', () => {
    const parameter = parameterFromText('java.lang.Long', '9007199254740993', true)
    expect(parameter).toEqual({
      type: 'bigint',
      value: 9007199254740993n,
      identifying: true,
      javaType: 'java.lang.Long',
    })
    expect(parameterToText(parameter)).toBe('9007199254740993')
  })

  it('NaN and an invalid Date are not written', () => {
    expect(() => parameterToText({ type: 'double', value: Number.NaN })).toThrow(InvalidOptionError)
    expect(() => parameterToText({ type: 'date', value: new Date(Number.NaN) })).toThrow(InvalidOptionError)
  })

  it('every value comes back from its stored text', () => {
    fc.assert(
      fc.property(anyParameter, ({ type, value }) => {
        const checked = checkParameterValue(type, value)
        if (!('value' in checked)) throw new Error(`refused: ${checked.expected}`)
        const text = parameterToText({ type, value: checked.value })
        const read = parameterFromText(javaType(type), text, true)
        expect(read).toEqual({ type, value: checked.value, identifying: true })
      }),
    )
  })
})
