/** Who waits for a signal, with the one listener that the signal has for all of them. */
const waiting = new WeakMap<AbortSignal, { readonly callbacks: Set<() => void>; readonly listener: () => void }>()

/**
 * Calls `callback` when the signal is aborted, at once if it is; the answer unsubscribes it. However many wait, the
 * signal has one listener: Node warns of a leak from the eleventh.
 */
export function onAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback()
    return () => undefined
  }
  const { callbacks } = waiting.get(signal) ?? listen(signal)
  // Its own, so that the same function can wait twice.
  const own = (): void => callback()
  callbacks.add(own)
  return () => {
    if (!callbacks.delete(own) || callbacks.size > 0) return
    const entry = waiting.get(signal)
    if (entry?.callbacks !== callbacks) return
    waiting.delete(signal)
    signal.removeEventListener('abort', entry.listener)
  }
}

function listen(signal: AbortSignal): { readonly callbacks: Set<() => void> } {
  const callbacks = new Set<() => void>()
  const listener = (): void => {
    waiting.delete(signal)
    const called = [...callbacks]
    callbacks.clear()
    for (const callback of called) callback()
  }
  signal.addEventListener('abort', listener, { once: true })
  waiting.set(signal, { callbacks, listener })
  return { callbacks }
}

/** The promise, or a rejection with the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const unsubscribe = onAborted(signal, () => reject(signal.reason as Error))
    void promise.then(resolve, reject).finally(unsubscribe)
  })
}
