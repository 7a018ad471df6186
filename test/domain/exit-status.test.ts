import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExitStatus } from '../../src/domain/exit-status.js'
import { InvalidOptionError } from '../../src/domain/option-error.js'

const { COMPLETED, EXECUTING, FAILED, NOOP, STOPPED, UNKNOWN } = ExitStatus

describe('ExitStatus', () => {
  it("severity rises from EXECUTING to codes of one's own", () => {
    const rising = [EXECUTING, COMPLETED, NOOP, STOPPED, FAILED, UNKNOWN, new ExitStatus('LATE')]
    const sorted = rising.toReversed().sort((a, b) => a.compareTo(b))
    expect(sorted.map((status) => status.exitCode)).toEqual(rising.map((status) => status.exitCode))
  })

  it('severity goes by the prefix, and among equals by the code', () => {
    const withSkips = new ExitStatus('COMPLETED WITH SKIPS')
    expect(withSkips.compareTo(NOOP)).toBeLessThan(0)
    expect(withSkips.compareTo(COMPLETED)).toBeGreaterThan(0)
    expect(COMPLETED.and(withSkips).exitCode).toBe('COMPLETED WITH SKIPS')
    expect(new ExitStatus('B').and(new ExitStatus('A')).exitCode).toBe('B')
    expect(COMPLETED.compareTo(new ExitStatus('COMPLETED', 'other words'))).toBe(0)
  })

  it('and takes the more severe code and both descriptions', () => {
    const both = STOPPED.withDescription('stopped by hand').and(FAILED.withDescription('disk full'))
    expect(both.exitCode).toBe('FAILED')
    expect(both.exitDescription).toBe('stopped by hand; disk full')
  })

  it('a description that is already there is not joined again', () => {
    const status = FAILED.withDescription('a').withDescription('b')
    expect(status.withDescription('b').exitDescription).toBe('a; b')
    expect(status.withDescription('a; b').exitDescription).toBe('a; b')
    expect(status.withDescription(' ').exitDescription).toBe('a; b')
    expect(status.and(FAILED.withDescription('a; b; c')).exitDescription).toBe('a; b; c')
  })

  it('a description that is only part of a word is joined', () => {
    expect(FAILED.withDescription('owner lost').withDescription('lost').exitDescription).toBe('owner lost; lost')
  })

  it('an error is described with its class and message', () => {
    expect(FAILED.withDescription(new RangeError('too far')).exitDescription).toBe('RangeError: too far')
  })

  it('nothing changes the status it is called on', () => {
    COMPLETED.and(FAILED.withDescription('x')).withExitCode('MINE')
    expect(COMPLETED.toString()).toBe('COMPLETED')
    expect(Object.isFrozen(COMPLETED)).toBe(true)
  })

  it('EXECUTING and UNKNOWN may still run', () => {
    expect([EXECUTING, UNKNOWN].every((status) => status.isRunning())).toBe(true)
    expect([COMPLETED, NOOP, STOPPED, FAILED].some((status) => status.isRunning())).toBe(false)
  })

  it('an empty exit code is refused', () => {
    expect(() => new ExitStatus('')).toThrow(InvalidOptionError)
    expect(() => COMPLETED.withExitCode('')).toThrow('ExitStatus.exitCode')
  })

  it('the severest code wins in any order', () => {
    const anyStatus = fc.constantFrom(
      'EXECUTING',
      'COMPLETED',
      'COMPLETED X',
      'NOOP',
      'STOPPED',
      'FAILED',
      'UNKNOWN',
      'Z',
      'A',
    )
    fc.assert(
      fc.property(fc.array(anyStatus, { minLength: 1 }), (codes) => {
        const fold = (list: readonly string[]): string =>
          list.map((code) => new ExitStatus(code)).reduce((a, b) => a.and(b)).exitCode
        expect(fold(codes)).toBe(fold(codes.toReversed()))
      }),
    )
  })
})
