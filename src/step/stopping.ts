import { StopRequestedError } from '../domain/step-errors.js'

/** Whether a signal was aborted because somebody asked for a stop. */
export function isStopRequested(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason instanceof StopRequestedError
}

/**
 * Whether an error is only what user code throws when its signal is aborted: the signal's reason itself, or the
 * `AbortError` that Node's own functions make of it, alone or as a cause. Anything else is a failure, also during a stop;
 * of several errors gathered in one, each counts.
 */
export function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && isAbort(signal, error, 10)
}

function isAbort(signal: AbortSignal, error: unknown, depth: number): boolean {
  if (error === signal.reason) return true
  if (typeof error !== 'object' || error === null || depth === 0) return false
  const { name, cause, errors } = error as { name?: unknown; cause?: unknown; errors?: unknown }
  if (name === 'AbortError') return true
  if (Array.isArray(errors) && errors.length > 0) return errors.every((inner) => isAbort(signal, inner, depth - 1))
  return cause !== undefined && isAbort(signal, cause, depth - 1)
}
