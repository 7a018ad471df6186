import type { Json } from '../support/json.js'
import type { StepContext } from '../domain/step-context.js'
import { IncompleteStreamError, type StreamPart } from './item-errors.js'

/**
 * A reader or writer that has a place in its input or output. The engine opens it with the last committed position,
 * takes the position once per chunk, as a value, and stores it in the chunk's transaction. One instance is open in one
 * step execution at a time.
 */
export interface ItemStream {
  /**
   * Called before the first read or write. `position` is what `position()` gave for the last committed chunk, if any. A
   * writer with `returnTo` is asked right after its first `open` as well, and that is stored before it writes: where no
   * chunk has committed, it is opened there.
   */
  open(position: Json | undefined, context: StepContext<unknown>): void | Promise<void>

  /**
   * The place after the items handed out (a reader) or written (a writer) so far. A fresh value each time: many chunks
   * are in flight, nothing that is returned may change later.
   */
  position(): Json

  /**
   * Called once before `close` when the input has ended and everything is committed; not when the step fails or stops.
   * The place for a footer, or for the rename that makes an output seen. The writer is completed and closed before the
   * reader. An error fails the step. It must be repeatable: a process that dies behind it, before the step's end is
   * stored, leaves a restart that opens at the last position, reads nothing more, and calls it again.
   */
  complete?(): void | Promise<void>

  /**
   * Called once at the end, also after an error, and after `open` itself failed; may be called twice. Behind a timeout
   * it may come while a `read` or `write` is under way, which must not touch the input or output any more then.
   */
  close(): void | Promise<void>
}

/** Whether a reader or writer is an {@link ItemStream}. */
export function isItemStream(value: unknown): value is ItemStream {
  const stream = value as Partial<ItemStream> | null | undefined
  return (
    typeof stream?.open === 'function' && typeof stream.position === 'function' && typeof stream.close === 'function'
  )
}

const METHODS = ['open', 'position', 'close']
/** What only a stream has use for. */
const EXTRAS = ['returnTo', 'complete']

/** Throws {@link IncompleteStreamError} for a reader or writer that is a stream by half. */
export function assertWholeStream(stepName: string, part: StreamPart, instance: object): void {
  const has = (name: string): boolean => typeof (instance as Readonly<Record<string, unknown>>)[name] === 'function'
  const missing = METHODS.filter((name) => !has(name))
  if (missing.length === 0) return
  const found = [...METHODS, ...EXTRAS].filter(has)
  if (found.length > 0) throw new IncompleteStreamError(stepName, part, missing, found)
}
