import { expect, test } from 'vitest'
import { readableBytes, readableNumber, readableTime } from '../../src/support/readable.js'

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [59_949, '59.9 s'],
  [59_960, '1 min 0 s'],
  [3_599_400, '59 min 59 s'],
  [3_599_600, '1 h 0 min'],
  [86_399_000, '1 d 0 h'],
  [90_000_000, '1 d 1 h'],
])('%d ms are read as %s', (milliseconds, text) => expect(readableTime(milliseconds)).toBe(text))

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_500, '1.5 kB'],
  [2_000_000_000_000_000, '2000.0 TB'],
])('%d bytes are read as %s', (bytes, text) => expect(readableBytes(bytes)).toBe(text))

test('numbers are read in groups of three', () => expect(readableNumber(1_234_567.4)).toBe('1,234,567'))
