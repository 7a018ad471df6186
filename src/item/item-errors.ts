import { quote } from '../support/quote.js'
import { BatchError } from '../domain/batch-error.js'

/** A reader or writer instance is already open in another step execution. */
export class StreamInUseError extends BatchError {
  static readonly code = 'BATCH_STREAM_IN_USE'
  readonly stepName: string
  readonly part: 'reader' | 'writer'

  constructor(stepName: string, part: 'reader' | 'writer') {
    const remedy =
      part === 'reader' ? 'give a function as `reader` that makes one' : 'give `stepScope(() => new …)` as `writer`'
    super(
      `the ${part} of step ${quote(stepName)} is already open in another step execution, and has one position only: ${remedy}`,
    )
    this.stepName = stepName
    this.part = part
  }
}

/** A reader or writer has some of the methods of an `ItemStream` and not the others: it would never be opened. */
export class IncompleteStreamError extends BatchError {
  static readonly code = 'BATCH_INCOMPLETE_STREAM'
  readonly stepName: string
  readonly part: 'reader' | 'writer'
  /** The methods that are not there. */
  readonly missing: readonly string[]

  constructor(stepName: string, part: 'reader' | 'writer', missing: readonly string[]) {
    super(
      `the ${part} of step ${quote(stepName)} has no ${missing.map((name) => `${name}()`).join(' and no ')}: with one of ` +
        'open(), position() and close() it needs them all, or none of them would be called',
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
