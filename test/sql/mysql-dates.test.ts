import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDate, encodeDate } from '../../src/sql/mysql/mysql-dates.js'

const dates = fc.date({ min: new Date('1000-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })

describe('dates of MySQL', () => {
  test.each(['Z', '+05:30', '-08:00', '+14:00'])('are read as they are written, in the zone %s', (zone) => {
    fc.assert(
      fc.property(dates, (date) => {
        expect(decodeDate(encodeDate(date, zone), zone)).toEqual(date)
      }),
    )
  })

  test('are shown by the clock of this process, or of the zone', () => {
    const date = new Date(2024, 1, 29, 10, 5, 7, 8)
    expect(encodeDate(date, 'local')).toBe('2024-02-29 10:05:07.008')
    expect(encodeDate(new Date('2024-02-29T22:00:00Z'), '+05:30')).toBe('2024-03-01 03:30:00')
    expect(encodeDate(new Date(NaN), 'Z')).toBe('Invalid Date')
  })

  test('are cut to the millisecond, and invalid where they have zeros', () => {
    expect(decodeDate('2024-02-29 10:00:00.123999', 'Z')).toEqual(new Date('2024-02-29T10:00:00.123Z'))
    expect(decodeDate('2024-02-29', 'Z')).toEqual(new Date('2024-02-29T00:00:00Z'))
    for (const text of ['0000-00-00', '2024-00-10 00:00:00', '2024-02-00']) {
      expect(decodeDate(text, 'Z')).toEqual(new Date(NaN))
    }
  })
})
