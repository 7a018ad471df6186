import { LISTENER_EVENTS } from '../listener/check-listeners.js'
import type { JobListener } from '../listener/job-listener.js'
import type { ChunkStepListener } from '../listener/step-listener.js'

/** An event that a {@link recordingListener} was told of. */
export interface RecordedEvent {
  readonly listener: string
  readonly event: string
  readonly args: readonly unknown[]
}

/** A listener for jobs and steps that writes down everything it is told, in order, into `events`. */
export function recordingListener(
  events: RecordedEvent[],
  listener = 'listener',
): Required<JobListener> & Required<ChunkStepListener> {
  const record = (event: string) =>
    [event, (...args: unknown[]) => void events.push({ listener, event, args })] as const
  return Object.fromEntries(LISTENER_EVENTS.map(record)) as unknown as Required<JobListener> &
    Required<ChunkStepListener>
}
