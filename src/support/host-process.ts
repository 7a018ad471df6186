/** The signals by which a host is asked to end. */
export type EndSignal = 'SIGTERM' | 'SIGINT'

/** Handlers that are installed. */
export interface SignalHandlers {
  /** Takes them away; a second call does nothing. */
  remove(): void
}

/** Whether programs can be started as groups of processes that are sent signals together: everywhere but on Windows. */
export const HAS_PROCESS_GROUPS: boolean = process.platform !== 'win32'

/**
 * Sends a signal to the group of processes that a program of this process leads, or 0 only to look. Whether anybody of
 * the group was there.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch (error) {
    // One of them runs as somebody else: it is there all the same.
    return (error as { readonly code?: unknown }).code === 'EPERM'
  }
}

/** A copy of the environment of this process. */
export function hostEnvironment(): Record<string, string | undefined> {
  return { ...process.env }
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
