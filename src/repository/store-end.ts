import type { BatchStatus } from '../domain/batch-status.js'
import type { ExitStatus } from '../domain/exit-status.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import { retryTransient, type RetryTransientOptions } from '../sql/retry-transient.js'
import { isOwnerLost } from './owner-lost.js'

interface Ended {
  readonly status: BatchStatus
  readonly exitStatus: ExitStatus
}

/**
 * Stores how something ended, trying again what fails for a reason that passes. An attempt may have stored it without
 * that anybody heard, and cannot be repeated: what is stored then, as `read` gives it, is taken if it is this very end.
 */
export function storeEnd<T extends Ended>(
  options: RetryTransientOptions,
  end: Ended,
  write: () => Promise<T>,
  read: () => Promise<T | undefined>,
): Promise<T> {
  let tried = false
  return retryTransient(options, async () => {
    try {
      return await write()
    } catch (error) {
      const stored = tried && error instanceof OwnershipLostError ? await read() : undefined
      tried = true
      if (stored === undefined || !isSameEnd(stored, end)) throw error
      return stored
    }
  })
}

function isSameEnd(stored: Ended, { status, exitStatus }: Ended): boolean {
  return stored.status === status && stored.exitStatus.exitCode === exitStatus.exitCode && !isOwnerLost(stored)
}
