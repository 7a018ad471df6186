import type { OptionCheck } from '../../domain/check-option.js'
import { InvalidOptionError } from '../../domain/option-error.js'
import { type Backoff, backoffDelay, checkBackoff } from '../../domain/backoff.js'
import { assertBoolean, checkPatterns, type ErrorPattern, matcher } from './error-pattern.js'

/** Decides what is tried again. Asked at each failure; it must answer at once. */
export interface RetryPolicy {
  /** Whether to try again after attempt number `attempt`, from 1, has failed with `error`. */
  shouldRetry(error: unknown, attempt: number): boolean
  /** How long to wait after attempt number `attempt`, in milliseconds. */
  delay(attempt: number): number
}

/** What is tried again, and how often. */
export interface RetryOptions {
  /** How often an item is processed, a chunk written, or a tasklet called for one result, at most. The first attempt counts: 1 is no retry. */
  readonly maxAttempts: number
  /** The errors after which to try again. */
  readonly on: readonly ErrorPattern[]
  /** The errors, among those of `on`, after which not to. Default: none. */
  readonly notOn?: readonly ErrorPattern[]
  /** How long to wait before each further attempt. Default: not at all. */
  readonly backoff?: Backoff
}

/** Checks the option `retry` of a step. */
export function checkRetry(check: OptionCheck, retry: RetryOptions | RetryPolicy | undefined): void {
  if (retry === undefined) return
  if (isRetryPolicy(retry)) {
    check.methods('retry', retry, ['shouldRetry', 'delay'], 'a retry policy (with `shouldRetry` and `delay`)')
    return
  }
  if (typeof retry !== 'object' || retry === null) check.fail('retry', retry, 'an object such as { maxAttempts, on }')
  check.object(retry, ['maxAttempts', 'on', 'notOn', 'backoff'])
  check.integer('retry.maxAttempts', retry.maxAttempts, 1)
  checkPatterns(check, 'retry.on', retry.on, 1)
  checkPatterns(check, 'retry.notOn', retry.notOn, 0)
  if (retry.backoff !== undefined) checkBackoff(check, 'retry.backoff', retry.backoff)
}

/** The policy that options mean; a policy is kept honest: what it returns is checked. */
export function retryPolicy(retry: RetryOptions | RetryPolicy): RetryPolicy {
  if (isRetryPolicy(retry)) {
    return {
      shouldRetry: (error, attempt) => assertBoolean('retry.shouldRetry', retry.shouldRetry(error, attempt)),
      delay: (attempt) => assertDelay(retry.delay(attempt)),
    }
  }
  const { maxAttempts, backoff = 0 } = retry
  const isMeant = matcher('retry.on', retry.on)
  const isExempt = matcher('retry.notOn', retry.notOn ?? [])
  return {
    shouldRetry: (error, attempt) => attempt < maxAttempts && isMeant(error) && !isExempt(error),
    delay: (attempt) => backoffDelay(backoff, attempt),
  }
}

/** For what passes by itself in a database: deadlocks, lost connections. */
export const TRANSIENT_RETRY: { readonly maxAttempts: number; readonly backoff: Backoff } = {
  maxAttempts: 5,
  backoff: { initial: 100, multiplier: 2, max: '2s', jitter: 0.5 },
}

function isRetryPolicy(retry: RetryOptions | RetryPolicy): retry is RetryPolicy {
  return typeof (retry as Partial<RetryPolicy> | null)?.shouldRetry === 'function'
}

function assertDelay(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value
  throw new InvalidOptionError('retry.delay', value, 'a function that returns a number of milliseconds')
}
