import type { OptionCheck } from '../domain/check-option.js'

/** Checks the option `listeners`: left out, or an array of objects. */
export function checkListeners(check: OptionCheck, listeners: unknown): void {
  if (listeners === undefined) return
  if (!Array.isArray(listeners)) check.fail('listeners', listeners, 'an array of listeners')
  for (const [index, listener] of (listeners as unknown[]).entries()) {
    if (typeof listener === 'object' && listener !== null) continue
    check.fail(`listeners[${index}]`, listener, 'an object with methods such as afterJob, afterStep or afterChunk')
  }
}
