import { type Clock, sleep } from '../support/clock.js'
import type { Logger } from '../support/logger.js'
import { warnRarely } from '../support/rare-warning.js'
import { SqlError } from './sql-error.js'

/** How {@link retryTransient} goes about it. */
export interface RetryTransientOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** What is tried again, for the log. */
  readonly what: string
  /** The first counts. */
  readonly maxAttempts: number
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal
}

const FIRST_DELAY = 100

/**
 * Runs `work` again when it fails for a reason that passes (a lost connection, a deadlock), after 100 ms and then twice
 * as long each time. Only for work that may be done twice.
 */
export async function retryTransient<T>(options: RetryTransientOptions, work: () => Promise<T>): Promise<T> {
  const { clock, what, maxAttempts, signal } = options
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      const transient = error instanceof SqlError && error.transient
      if (!transient || attempt === maxAttempts || signal?.aborted === true) throw error
      warnRarely(options, { error, attempt }, `${what} is tried again`)
      await sleep(clock, FIRST_DELAY * 2 ** (attempt - 1), signal)
    }
  }
}
