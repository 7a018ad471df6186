import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { javaDate, javaDouble, javaInstant } from '../../src/domain/java-text.js'

describe('javaDouble', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-2.5, '-2.5'],
    [100, '100.0'],
    [123.456, '123.456'],
    [0.001, '0.001'],
    [0.00123, '0.00123'],
    [0.00001, '1.0E-5'],
    [9_999_999, '9999999.0'],
    [1e7, '1.0E7'],
    [1e10, '1.0E10'],
    [12_345_678.9, '1.23456789E7'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [Number.MIN_VALUE, '4.9E-324'],
  ])('%d is written as %s', (value, text) => {
    expect(javaDouble(value)).toBe(text)
  })

  it('any finite number comes back as it was', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = javaDouble(value)
        expect(text).toMatch(/^-?\d+\.\d+(E-?\d+)?$/)
        expect(Object.is(Number(text), value)).toBe(true)
      }),
    )
  })
})

describe('javaInstant and javaDate', () => {
  // The values on the right are what a JDK prints.
  it.each([
    [0, '1970-01-01T00:00:00Z', 'Thu Jan 01 00:00:00 UTC 1970'],
    [1_700_000_000_123, '2023-11-14T22:13:20.123Z', 'Tue Nov 14 22:13:20 UTC 2023'],
    [253_402_300_800_000, '+10000-01-01T00:00:00Z', 'Sat Jan 01 00:00:00 UTC 10000'],
    [8_640_000_000_000_000, '+275760-09-13T00:00:00Z', 'Sat Sep 13 00:00:00 UTC 275760'],
    [-12_219_292_800_000, '1582-10-15T00:00:00Z', 'Fri Oct 15 00:00:00 UTC 1582'],
    [-12_219_292_800_001, '1582-10-14T23:59:59.999Z', 'Thu Oct 04 23:59:59 UTC 1582'],
    [-62_135_769_600_000, '0000-12-30T00:00:00Z', 'Sat Jan 01 00:00:00 UTC 1'],
    [-62_135_769_600_001, '0000-12-29T23:59:59.999Z', 'Fri Dec 31 23:59:59 UTC 1'],
    [-70_000_000_000_000, '-0249-10-15T19:33:20Z', 'Fri Oct 19 19:33:20 UTC 250'],
  ])('%d is written as %s and %s', (milliseconds, instant, date) => {
    expect(javaInstant(new Date(milliseconds))).toBe(instant)
    expect(javaDate(new Date(milliseconds))).toBe(date)
  })
})
