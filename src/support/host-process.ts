/** The signals by which a host is asked to end. */
export type EndSignal = 'SIGTERM' | 'SIGINT'

/** Handlers that are installed. */
export interface SignalHandlers {
  /** Takes them away; a second call does nothing. */
  remove(): void
}

/**
 * Calls `handler` with the first of the signals that comes, once. From then on the process does again what it does by
 * default: a second signal ends it.
 */
export function onFirstSignal(signals: readonly EndSignal[], handler: (signal: EndSignal) => void): SignalHandlers {
  const remove = (): void => {
    for (const signal of signals) process.off(signal, handle)
  }
  const handle = (signal: EndSignal): void => {
    remove()
    handler(signal)
  }
  for (const signal of signals) process.on(signal, handle)
  return { remove }
}

/** The value of an environment variable now, or `undefined` where it is not set. One that is set to nothing is `''`. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name]
}
