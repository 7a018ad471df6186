import { OptionCheck } from '../domain/check-option.js'
import { LISTENER_EVENTS } from './check-listeners.js'
import type { JobListener } from './job-listener.js'
import type { ChunkStepListener } from './step-listener.js'

/** All events that a listener can be told of, by name: those of jobs, steps, chunks, items, skips and retries. */
export type ListenerEvents<I = unknown, O = unknown> = JobListener & ChunkStepListener<I, O>

/** A listener of one event. */
export type ListenerOf<E extends keyof ListenerEvents> = { readonly [K in E]: NonNullable<ListenerEvents[K]> }

/**
 * A listener made of one function, typed by its event. The same as an object with that one method.
 *
 * @example
 * ```ts
 * import { chunkStep, listener } from 'chunkwise'
 *
 * export const load = chunkStep('load', {
 *   chunkSize: 2,
 *   reader: [1, 2, 3],
 *   writer: () => {},
 *   listeners: [listener('afterChunk', ({ counts }, { logger }) => logger.info({ read: counts.read }, 'progress'))],
 * })
 * ```
 *
 * @throws InvalidOptionError no event has this name
 */
export function listener<const E extends keyof ListenerEvents>(
  event: E,
  tell: NonNullable<ListenerEvents[E]>,
): ListenerOf<E> {
  const check = new OptionCheck('listener')
  check.oneOf('event', event, LISTENER_EVENTS)
  if (typeof tell !== 'function') check.fail('tell', tell, 'a function')
  return { [event]: tell } as unknown as ListenerOf<E>
}
