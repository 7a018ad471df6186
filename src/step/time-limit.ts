import type { OptionCheck } from '../domain/check-option.js'
import { type TimeLimited, TimeoutError } from '../domain/timeout-error.js'
import type { Clock, Timer } from '../support/clock.js'
import type { Deadline } from '../support/deadline.js'
import type { Duration } from '../support/duration.js'

/** Beyond this a timer would ring at once. */
const LONGEST = 2_147_483_647

/** Checks a timeout; milliseconds, or `undefined` when it is not given. */
export function checkTimeout(check: OptionCheck, option: string, value: Duration | undefined): number | undefined {
  if (value === undefined) return undefined
  const limit = check.duration(option, value, 1)
  return limit <= LONGEST ? limit : check.fail(option, value, 'at most 24 days')
}

/** What is limited, and what passes when the time is over. */
export interface TimeLimit {
  readonly what: TimeLimited
  /** The name of the step or job. */
  readonly subject: string
  readonly deadline: Deadline
  readonly clock: Clock
}

/** Makes the deadline pass with a {@link TimeoutError} after `limit` milliseconds; `undefined` for no limit. */
export function startTimeLimit(
  { what, subject, deadline, clock }: TimeLimit,
  limit: number | undefined,
  left: number | undefined = limit,
): Timer | undefined {
  if (limit === undefined || left === undefined) return undefined
  const expire = (): void => deadline.pass(new TimeoutError(what, limit, subject))
  // Someone awaits what is limited.
  return clock.after(Math.max(left, 0), expire, { keepAlive: true })
}
