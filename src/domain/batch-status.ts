import { nearest } from '../support/nearest.js'
import { InvalidOptionError } from './option-error.js'

/** Where a job or step execution stands. The order of the names is their order for {@link BatchStatusRules.max}. */
export type BatchStatus =
  | 'COMPLETED'
  | 'STARTING'
  | 'STARTED'
  | 'STOPPING'
  | 'STOPPED'
  | 'FAILED'
  | 'ABANDONED'
  | 'UNKNOWN'

/** The rules of {@link BatchStatus}. */
export interface BatchStatusRules {
  /** All statuses, from the least to the greatest. */
  readonly values: readonly BatchStatus[]
  /** The greater of two statuses. */
  readonly max: (a: BatchStatus, b: BatchStatus) => BatchStatus
  /**
   * The status of something that has been in `a` and is told `b`: the greater as soon as one is beyond STARTED; else
   * COMPLETED if one is; else the greater. So work that goes on completes, and a failure is never taken back.
   */
  readonly upgradeTo: (a: BatchStatus, b: BatchStatus) => BatchStatus
  /** Whether `a` comes after `b` in the order. */
  readonly isGreaterThan: (a: BatchStatus, b: BatchStatus) => boolean
  /** STARTING, STARTED or STOPPING: an owner is at work. */
  readonly isRunning: (status: BatchStatus) => boolean
  /** FAILED or greater: FAILED, ABANDONED, UNKNOWN. */
  readonly isUnsuccessful: (status: BatchStatus) => boolean
  /** Reads a stored name. Throws {@link InvalidOptionError} for a text that is no status. */
  readonly parse: (text: string) => BatchStatus
}

const ORDER: readonly BatchStatus[] = Object.freeze([
  'COMPLETED',
  'STARTING',
  'STARTED',
  'STOPPING',
  'STOPPED',
  'FAILED',
  'ABANDONED',
  'UNKNOWN',
])

function isGreaterThan(a: BatchStatus, b: BatchStatus): boolean {
  return ORDER.indexOf(a) > ORDER.indexOf(b)
}

function max(a: BatchStatus, b: BatchStatus): BatchStatus {
  return isGreaterThan(a, b) ? a : b
}

/** The rules of the statuses: their order, and what becomes of two. */
export const BatchStatus: BatchStatusRules = Object.freeze({
  values: ORDER,
  max,
  isGreaterThan,
  upgradeTo(a: BatchStatus, b: BatchStatus): BatchStatus {
    if (isGreaterThan(a, 'STARTED') || isGreaterThan(b, 'STARTED')) return max(a, b)
    return a === 'COMPLETED' || b === 'COMPLETED' ? 'COMPLETED' : max(a, b)
  },
  isRunning: (status: BatchStatus) => status === 'STARTING' || status === 'STARTED' || status === 'STOPPING',
  isUnsuccessful: (status: BatchStatus) => !isGreaterThan('FAILED', status),
  parse(text: string): BatchStatus {
    if (ORDER.includes(text as BatchStatus)) return text as BatchStatus
    const similar = typeof text === 'string' ? nearest(text, ORDER) : undefined
    throw new InvalidOptionError('BatchStatus', text, similar === undefined ? `one of ${ORDER.join(', ')}` : similar)
  },
})
