import type { OptionCheck } from './check-option.js'
import { type Duration, durationToMilliseconds } from '../support/duration.js'

/** How long to wait before each further attempt. */
export interface BackoffOptions {
  /** Before the second attempt. */
  readonly initial: Duration
  /** By how much each wait is longer than the one before. From 1. Default 1: always the same. */
  readonly multiplier?: number
  /** The longest wait. Default: no limit. */
  readonly max?: Duration
  /** Which part of the wait is left to chance, 0 to 1, so that those who failed together do not try together. Default 0. */
  readonly jitter?: number
}

/** A fixed wait, or one that grows. */
export type Backoff = Duration | BackoffOptions

/** Checks the option `backoff`. */
export function checkBackoff(check: OptionCheck, option: string, backoff: unknown): void {
  if (typeof backoff !== 'object' || backoff === null) {
    check.duration(option, backoff as Duration)
    return
  }
  const growing: Partial<BackoffOptions> = backoff
  check.object(growing, ['initial', 'multiplier', 'max', 'jitter'])
  const { initial, multiplier, max, jitter } = growing
  check.duration(`${option}.initial`, initial)
  if (max !== undefined) check.duration(`${option}.max`, max)
  if (multiplier !== undefined && !isWithin(multiplier, 1, Number.MAX_VALUE)) {
    check.fail(`${option}.multiplier`, multiplier, 'a number from 1')
  }
  if (jitter !== undefined && !isWithin(jitter, 0, 1)) check.fail(`${option}.jitter`, jitter, 'a number from 0 to 1')
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most
}

// Node's longest timer.
const LONGEST = 2 ** 31 - 1

/** The wait after the attempt of this number, from 1, in milliseconds. */
export function backoffDelay(backoff: Backoff, attempt: number): number {
  const { initial, multiplier = 1, max, jitter = 0 } = typeof backoff === 'object' ? backoff : { initial: backoff }
  const most = max === undefined ? LONGEST : Math.min(LONGEST, durationToMilliseconds(max) ?? LONGEST)
  const delay = Math.min(most, (durationToMilliseconds(initial) ?? 0) * multiplier ** (attempt - 1))
  return delay * (1 - jitter * Math.random())
}
