import { chunkStep, InvalidOptionError, type RetryOptions, type SkipOptions } from 'chunkwise'
import { ListItemWriter } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { backoffDelay } from '../../../src/domain/backoff.js'

const step = (options: { readonly retry?: unknown; readonly skip?: unknown }) =>
  chunkStep('checked', {
    chunkSize: 1,
    reader: [1],
    writer: new ListItemWriter<number>(),
    ...(options as { retry?: RetryOptions; skip?: SkipOptions }),
  })

describe('the options of retry and skip', () => {
  it.each([
    ['retry', 3, '3'],
    ['retry', { maxAttempts: 0, on: [Error] }, 'maxAttempts must be a whole number from 1, but is 0'],
    ['retry', { maxAttempts: 2 }, 'retry.on'],
    ['retry', { maxAttempts: 2, on: [] }, 'retry.on'],
    ['retry', { maxAttempts: 2, on: [42] }, 'retry.on[0]'],
    ['retry', { maxAttempts: 2, on: [Error], notOn: 'no' }, 'retry.notOn'],
    ['retry', { maxAttempts: 2, on: [Error], backof: 1 }, 'backof must be "backoff"'],
    ['retry', { maxAttempts: 2, on: [Error], backoff: 'soon' }, '"soon"'],
    ['retry', { maxAttempts: 2, on: [Error], backoff: { multiplier: 2 } }, 'retry.backoff.initial'],
    ['retry', { maxAttempts: 2, on: [Error], backoff: { initial: 1, multiplier: 0.5 } }, 'retry.backoff.multiplier'],
    ['retry', { maxAttempts: 2, on: [Error], backoff: { initial: 1, jitter: 2 } }, 'retry.backoff.jitter'],
    ['retry', { maxAttempts: 2, on: [Error], backoff: { initial: 1, max: -1 } }, 'retry.backoff.max'],
    ['retry', { shouldRetry: () => true }, 'retry'],
    ['skip', 3, '3'],
    ['skip', { on: [Error] }, 'skip.limit'],
    ['skip', { limit: -1, on: [Error] }, '-1'],
    ['skip', { limit: 1 }, 'skip.on'],
    ['skip', { limit: { ratio: 0, minimum: 1 }, on: [Error] }, 'skip.limit.ratio'],
    ['skip', { limit: { ratio: 1.5, minimum: 1 }, on: [Error] }, 'skip.limit.ratio'],
    ['skip', { limit: { ratio: 0.1 }, on: [Error] }, 'skip.limit.minimum'],
    ['skip', { limit: 1, on: [Error], to: 'file' }, 'skip.to'],
    ['skip', { shouldSkip: () => true, to: {} }, 'skip.to'],
  ] as const)('are checked: %s %o', (option, value, message) => {
    expect(() => step({ [option]: value })).toThrow(InvalidOptionError)
    expect(() => step({ [option]: value })).toThrow(message)
  })

  it('may be policies', () => {
    expect(
      step({ retry: { shouldRetry: () => false, delay: () => 0 }, skip: { shouldSkip: () => false } }),
    ).toBeDefined()
  })
})

describe('a back-off', () => {
  const delays = (backoff: Parameters<typeof backoffDelay>[0]) => [1, 2, 3, 4].map((n) => backoffDelay(backoff, n))

  it('is fixed, or grows up to its limit', () => {
    expect(delays('2s')).toEqual([2_000, 2_000, 2_000, 2_000])
    expect(delays({ initial: 100, multiplier: 2 })).toEqual([100, 200, 400, 800])
    expect(delays({ initial: 100, multiplier: 3, max: '500ms' })).toEqual([100, 300, 500, 500])
  })

  it('leaves the part that it is told to chance', () => {
    for (const delay of Array.from({ length: 50 }, () => backoffDelay({ initial: 100, jitter: 0.5 }, 1))) {
      expect(delay).toBeGreaterThan(50 - 1)
      expect(delay).toBeLessThanOrEqual(100)
    }
  })

  it('never outgrows a timer', () => {
    expect(backoffDelay({ initial: '1s', multiplier: 10 }, 400)).toBeLessThan(2 ** 31)
  })
})
