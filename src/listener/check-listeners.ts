import type { OptionCheck } from '../domain/check-option.js'
import { isProgressListener } from './progress-listener.js'

/** The names of all events that listeners are told of. */
export const LISTENER_EVENTS = [
  'beforeJob',
  'afterJob',
  'beforeStep',
  'afterStep',
  'beforeChunk',
  'afterChunk',
  'onChunkError',
  'afterRead',
  'onReadError',
  'beforeProcess',
  'afterProcess',
  'onProcessError',
  'beforeWrite',
  'afterWrite',
  'onWriteError',
  'onSkipInRead',
  'onSkipInProcess',
  'onSkipInWrite',
  'onRetry',
] as const

/** Checks the option `listeners`: left out, or an array of objects of which each has a method for an event. */
export function checkListeners(check: OptionCheck, listeners: unknown): void {
  if (listeners === undefined) return
  if (!Array.isArray(listeners)) check.fail('listeners', listeners, 'an array of listeners')
  for (const [index, listener] of (listeners as unknown[]).entries()) {
    if (typeof listener === 'object' && listener !== null && isListener(listener)) continue
    check.fail(`listeners[${index}]`, listener, `an object with methods of these: ${LISTENER_EVENTS.join(', ')}`)
  }
}

/** A listener that would never be told of anything is a misspelt one. */
function isListener(listener: object): boolean {
  if (isProgressListener(listener)) return true
  return LISTENER_EVENTS.some((event) => typeof (listener as Record<string, unknown>)[event] === 'function')
}
