import { SqlError } from '../../sql/sql-error.js'
import { type Clock, sleep } from '../../support/clock.js'
import type { Logger } from '../../support/logger.js'

const ATTEMPTS = 3
const FIRST_DELAY = 100

/** What {@link repeatQuery} needs of the step's context. */
export interface RepeatContext {
  readonly signal: AbortSignal
  readonly logger: Logger
}

/**
 * Runs a query that changes nothing, up to three times when it fails for a reason that passes (a lost connection, a
 * deadlock), after 100 ms and then 200 ms.
 */
export async function repeatQuery<T>(clock: Clock, context: RepeatContext, query: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    context.signal.throwIfAborted()
    try {
      return await query()
    } catch (error) {
      const transient = error instanceof SqlError && error.transient
      if (!transient || attempt === ATTEMPTS || context.signal.aborted) throw error
      context.logger.warn({ error, attempt }, 'reading is tried again')
      await sleep(clock, FIRST_DELAY * 2 ** (attempt - 1), context.signal)
    }
  }
}

/** The promise, or a rejection with the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
