import { quote } from '../support/quote.js'
import { BatchError } from '../domain/batch-error.js'

/** Which part of a step: `skip.to` is where its dead letters go. */
export type StreamPart = 'reader' | 'writer' | 'skip.to'

/** A reader or writer instance is already open in another step execution. */
export class StreamInUseError extends BatchError {
  static readonly code = 'BATCH_STREAM_IN_USE'
  readonly stepName: string
  readonly part: StreamPart

  constructor(stepName: string, part: StreamPart) {
    const remedy =
      part === 'reader'
        ? 'give a function as `reader` that makes one'
        : `give \`stepScope(() => new …)\` as \`${part}\``
    super(
      `the ${part} of step ${quote(stepName)} is already open, in another step execution or another part of this one, ` +
        `and has one position only: ${remedy}`,
    )
    this.stepName = stepName
    this.part = part
  }
}

/** A reader or writer has some of the methods of an `ItemStream` and not the others: it would never be opened. */
export class IncompleteStreamError extends BatchError {
  static readonly code = 'BATCH_INCOMPLETE_STREAM'
  readonly stepName: string
  readonly part: StreamPart
  /** The methods that are not there. */
  readonly missing: readonly string[]

  constructor(stepName: string, part: StreamPart, missing: readonly string[], found: readonly string[]) {
    const names = (methods: readonly string[], word: string): string =>
      methods.map((name) => `${name}()`).join(` and ${word}`)
    super(
      `the ${part} of step ${quote(stepName)} has ${names(found, '')}, but no ${names(missing, 'no ')}: without all of ` +
        'open(), position() and close() it is no stream, and none of them would be called',
    )
    this.stepName = stepName
    this.part = part
    this.missing = missing
  }
}

/** A reader gave something that the contract does not allow, such as `undefined` for an item. */
export class ReaderContractError extends BatchError {
  static readonly code = 'BATCH_READER_CONTRACT'
  readonly stepName: string
  readonly value: unknown

  constructor(stepName: string, value: unknown, expected: string) {
    super(`the reader of step ${quote(stepName)} gave ${quote(value)} where it must give ${expected}`)
    this.stepName = stepName
    this.value = value
  }
}

/** A stored position is not one that this reader or writer can continue from. */
export class PositionError extends BatchError {
  static readonly code = 'BATCH_POSITION'
  readonly position: unknown

  constructor(what: string, position: unknown, expected: string) {
    super(`${what} cannot continue from the stored position ${quote(position, 300)}: ${expected}`)
    this.position = position
  }
}

/**
 * A writer could not return to its last committed place, so its output may hold what was rolled back. Never retried and
 * never skipped; the next `open` cuts it off. `cause` is what `returnTo` threw.
 */
export class WriterReturnError extends BatchError {
  static readonly code = 'BATCH_WRITER_RETURN'
  readonly stepName: string
  readonly part: 'writer' | 'skip.to'
  /** The error because of which it had to return. */
  readonly after: unknown

  constructor(stepName: string, part: 'writer' | 'skip.to', after: unknown, cause: unknown) {
    super(
      `the ${part} of step ${quote(stepName)} could not return to its last committed place after a failed write: its ` +
        'output may hold items that were rolled back, until a restart opens it',
      { cause },
    )
    this.stepName = stepName
    this.part = part
    this.after = after
  }
}
