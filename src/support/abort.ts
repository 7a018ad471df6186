import { Waiters } from './waiters.js'

/** Who waits for a signal, with the one listener that the signal has for all of them. */
interface Waiting {
  readonly waiters: Waiters
  readonly listener: () => void
}

const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls `callback` when the signal is aborted, at once if it is; the answer unsubscribes it. However many wait, the
 * signal has one listener: Node warns of a leak from the eleventh.
 */
export function onAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback()
    return () => undefined
  }
  const { waiters } = waiting.get(signal) ?? listen(signal)
  const waiter = waiters.add(callback)
  return () => {
    if (!waiters.delete(waiter) || waiters.size > 0) return
    const entry = waiting.get(signal)
    if (entry?.waiters !== waiters) return
    waiting.delete(signal)
    signal.removeEventListener('abort', entry.listener)
  }
}

function listen(signal: AbortSignal): Waiting {
  const waiters = new Waiters()
  const listener = (): void => {
    waiting.delete(signal)
    waiters.tell()
  }
  signal.addEventListener('abort', listener, { once: true })
  const entry = { waiters, listener }
  waiting.set(signal, entry)
  return entry
}

/** The promise, or a rejection with the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const unsubscribe = onAborted(signal, () => reject(signal.reason as Error))
    void promise.then(resolve, reject).finally(unsubscribe)
  })
}
