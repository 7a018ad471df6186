import type { TracingChannel } from 'node:diagnostics_channel'

/** What every event of a tracing channel carries: the same object from the first event of a piece of work to its last. */
export interface Trace {
  /** Why it has failed: there from the event `error` on. */
  error?: unknown
  /**
   * A subscriber of the event `start` may set it: the work is then called inside it, so that what it calls in turn finds
   * a context of the subscriber's own (an AsyncLocalStorage). It calls `work` once, at once, and gives what that gives. One
   * that is there already is called inside the new one.
   */
  within?: (<R>(work: () => R) => R) | undefined
}

/** Does a piece of work and tells a channel of it, if anybody listens: `start`, `end`, `asyncStart`, `asyncEnd`. */
export function traced<T extends Trace, R>(
  channel: TracingChannel<unknown, T>,
  trace: T,
  work: () => Promise<R>,
): Promise<R> {
  if (!channel.hasSubscribers) return work()
  return channel.tracePromise(() => (trace.within === undefined ? work() : trace.within(work)), trace)
}

/** Tells a channel that a piece of work has failed whose promise does not reject. */
export function traceError<T extends Trace>(channel: TracingChannel<unknown, T>, trace: T, error: unknown): void {
  trace.error = error
  if (channel.hasSubscribers) channel.error.publish(trace as T & { error: unknown })
}
