import { describeError } from '../../domain/describe-error.js'

/** What was skipped, as `skip.to` is handed it. */
export interface DeadLetter {
  /** Where it failed. */
  readonly phase: 'read' | 'process' | 'write'
  /** As it was read, or as processing left it when writing failed. Not there for a failed read. */
  readonly item?: unknown
  /** What was thrown. */
  readonly error: unknown
  /**
   * The last part of the item's idempotency key: its sort key where the reader has one, else its number. For a failed
   * read, how many items were read before it.
   */
  readonly position: string
}

/** A dead letter as a record of plain values: see {@link deadLetterRecord}. */
export interface DeadLetterRecord {
  readonly phase: DeadLetter['phase']
  readonly position: string
  /** What was thrown, with its causes, as text. */
  readonly error: string
  /** As it was: it must be what the writer can write. `null` where there is none. */
  readonly item: unknown
}

/** Makes a record of a dead letter, for writers that cannot write an error, such as one of JSON. */
export function deadLetterRecord({ phase, position, error, item }: DeadLetter): DeadLetterRecord {
  return { phase, position, error: describeError(error), item: item ?? null }
}
