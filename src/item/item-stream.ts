import type { Json } from '../support/json.js'
import type { StepContext } from '../domain/step-context.js'
import { IncompleteStreamError } from './item-errors.js'

/**
 * A reader or writer that has a place in its input or output. The engine opens it with the last committed position,
 * takes the position once per chunk, as a value, and stores it in the chunk's transaction. One instance is open in one
 * step execution at a time.
 */
export interface ItemStream {
  /** Called before the first read or write. `position` is what `position()` gave for the last committed chunk, if any. */
  open(position: Json | undefined, context: StepContext<unknown>): void | Promise<void>

  /**
   * The place after the items handed out (a reader) or written (a writer) so far. A fresh value each time: many chunks
   * are in flight, nothing that is returned may change later.
   */
  position(): Json

  /** Called once at the end, also after an error, and after `open` itself failed; may be called twice. */
  close(): void | Promise<void>
}

/** Whether a reader or writer is an {@link ItemStream}. */
export function isItemStream(value: unknown): value is ItemStream {
  const stream = value as Partial<ItemStream> | null | undefined
  return (
    typeof stream?.open === 'function' && typeof stream.position === 'function' && typeof stream.close === 'function'
  )
}

const METHODS = ['open', 'position', 'close'] as const

/** Throws {@link IncompleteStreamError} for a reader or writer that is a stream by half. */
export function assertWholeStream(stepName: string, part: 'reader' | 'writer', instance: object): void {
  const methods = instance as Partial<Record<(typeof METHODS)[number], unknown>>
  const missing = METHODS.filter((name) => typeof methods[name] !== 'function')
  if (missing.length > 0 && missing.length < METHODS.length) throw new IncompleteStreamError(stepName, part, missing)
}
