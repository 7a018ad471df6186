import { StopRequestedError } from '../domain/step-errors.js'

/** Whether a signal was aborted because somebody asked for a stop. */
export function isStopRequested(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof StopRequestedError
}

/**
 * Whether an error is only what user code throws when its signal is aborted: the signal's reason itself, or the
 * `AbortError` that Node's own functions make of it. Anything else is a failure, also during a stop.
 */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false
  for (let current = error, depth = 0; current !== undefined && depth < 10; depth++) {
    if (current === signal.reason) return true
    if ((current as { name?: unknown } | null)?.name === 'AbortError') return true
    current = (current as { cause?: unknown } | null)?.cause
  }
  return false
}
