import { expect, it } from 'vitest'
import { durationToMilliseconds } from '../../src/support/duration.js'

it.each([
  [0, 0],
  [1.5, 1.5],
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
])('%o is %d milliseconds', (duration, milliseconds) => {
  expect(durationToMilliseconds(duration)).toBe(milliseconds)
})

it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['5'], ['-5s'], ['5 s'], ['s'], ['1e3s'], [null], [5n]])(
  '%o is no duration',
  (value) => {
    expect(durationToMilliseconds(value)).toBeUndefined()
  },
)
