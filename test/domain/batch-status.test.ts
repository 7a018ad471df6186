import { describe, expect, it } from 'vitest'
import { BatchStatus } from '../../src/domain/batch-status.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'

describe('BatchStatus', () => {
  it('the greater of two statuses is the one that is listed later', () => {
    expect(BatchStatus.max('COMPLETED', 'STARTING')).toBe('STARTING')
    expect(BatchStatus.max('FAILED', 'STOPPED')).toBe('FAILED')
    expect(BatchStatus.max('ABANDONED', 'UNKNOWN')).toBe('UNKNOWN')
    expect(BatchStatus.isGreaterThan('FAILED', 'FAILED')).toBe(false)
  })

  it.each([
    ['STARTED', 'COMPLETED', 'COMPLETED'],
    ['COMPLETED', 'STARTED', 'COMPLETED'],
    ['STARTING', 'STARTED', 'STARTED'],
    ['STOPPING', 'COMPLETED', 'STOPPING'],
    ['FAILED', 'STARTED', 'FAILED'],
    ['COMPLETED', 'FAILED', 'FAILED'],
    ['STOPPED', 'FAILED', 'FAILED'],
  ] as const)('%s upgraded to %s is %s', (a, b, result) => {
    expect(BatchStatus.upgradeTo(a, b)).toBe(result)
  })

  it('an upgrade gives the same whichever comes first', () => {
    for (const a of BatchStatus.values) {
      for (const b of BatchStatus.values) expect(BatchStatus.upgradeTo(a, b)).toBe(BatchStatus.upgradeTo(b, a))
    }
  })

  it('what runs and what is unsuccessful is told by the status', () => {
    expect(BatchStatus.values.filter(BatchStatus.isRunning)).toEqual(['STARTING', 'STARTED', 'STOPPING'])
    expect(BatchStatus.values.filter(BatchStatus.isUnsuccessful)).toEqual(['FAILED', 'ABANDONED', 'UNKNOWN'])
  })

  it('a text that is no status is refused with the nearest one', () => {
    expect(BatchStatus.parse('STOPPED')).toBe('STOPPED')
    expect(() => BatchStatus.parse('STARTD')).toThrow(InvalidOptionError)
    expect(() => BatchStatus.parse('STARTD')).toThrow('BatchStatus must be STARTED, but is "STARTD"')
  })
})
