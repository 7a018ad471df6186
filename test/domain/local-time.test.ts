import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/domain/instant.js'
import { localDate, localDateTime, localTime, storedTime } from '../../src/domain/local-time.js'

describe('local dates and times', () => {
  it('only days of the calendar are dates', () => {
    expect(localDate('2024-02-29')).toBe('2024-02-29')
    for (const text of [
      '2023-02-29',
      '1900-02-29',
      '2024-04-31',
      '2024-00-10',
      '2024-13-01',
      '2024-01-00',
      '24-01-01',
    ]) {
      expect(localDate(text)).toBeUndefined()
    }
    expect(localDate('2000-02-29')).toBe('2000-02-29')
  })

  it.each([
    ['10:00', '10:00', '10:00:00'],
    ['10:00:00', '10:00', '10:00:00'],
    ['10:00:30', '10:00:30', '10:00:30'],
    ['10:00:00.5', '10:00:00.500', '10:00:00.5'],
    ['10:00:00.1234', '10:00:00.123400', '10:00:00.1234'],
    ['10:00:00.123456789', '10:00:00.123456789', '10:00:00.123456789'],
    ['10:00:00.000', '10:00', '10:00:00'],
  ])('the time %s is spelled %s and stored as %s', (text, spelled, stored) => {
    expect(localTime(text)).toBe(spelled)
    expect(storedTime(spelled)).toBe(stored)
    expect(localDateTime(`2024-02-29T${text}`)).toBe(`2024-02-29T${spelled}`)
    expect(storedTime(`2024-02-29T${spelled}`)).toBe(`2024-02-29T${stored}`)
  })

  it('what is no time is none', () => {
    for (const text of ['24:00', '10:60', '10:00:60', '1:00', '10', '10:00:00.', '10:00Z', '']) {
      expect(localTime(text)).toBeUndefined()
      expect(localDateTime(`2024-02-29T${text}`)).toBeUndefined()
    }
    expect(localDateTime('2024-02-29')).toBeUndefined()
    expect(localDateTime('2024-02-29T10:00T10:00')).toBeUndefined()
  })
})

describe('parseInstant', () => {
  it.each([
    ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00.000Z'],
    ['2024-02-29T10:00Z', '2024-02-29T10:00:00.000Z'],
    ['2024-02-29T10:00:00.123456Z', '2024-02-29T10:00:00.123Z'],
    ['2024-02-29T00:30:00+01:00', '2024-02-28T23:30:00.000Z'],
    ['2024-02-29T10:00:00.000-0330', '2024-02-29T13:30:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0050-01-01T00:00:00Z', '0050-01-01T00:00:00.000Z'],
    ['+10000-01-01T00:00:00Z', '+010000-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(parseInstant(text)?.toISOString()).toBe(iso)
  })

  it('a time without a zone, a day that is not in the calendar and other texts are refused', () => {
    for (const text of ['2024-02-29T10:00', '2023-02-29', '2024-02-30T00:00Z', '2024-01-01T24:00Z', 'now', '', '1']) {
      expect(parseInstant(text)).toBeUndefined()
    }
  })
})
