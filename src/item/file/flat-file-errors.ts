import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** Where a record is that cannot be read, and what is wrong with it. */
export interface FlatFileProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly byteOffset: number
  readonly text: string
  readonly field: string | undefined
}

/**
 * A record of a file cannot be read. It can be skipped: the reader has moved behind it, and the next call goes on with the
 * next record. `cause` is what a function of a column threw.
 */
export class FlatFileParseError extends BatchError {
  static readonly code = 'BATCH_FLAT_FILE_PARSE'
  readonly file: string
  /** The line of the file, from 1. */
  readonly line: number
  /** The character in that line, from 1. */
  readonly column: number
  /** Where the record begins, in bytes of the content. */
  readonly byteOffset: number
  /** The line on which the record begins, at most its first 200 characters. */
  readonly text: string
  /** The name of the column that is wrong, if it is one. */
  readonly field: string | undefined

  constructor(owner: string, problem: FlatFileProblem, reason: string, options?: { readonly cause?: unknown }) {
    const { file, line, column, byteOffset, text, field } = problem
    super(
      `${owner}: line ${line}, column ${column} of ${quote(file, 300)} (its record begins at byte ${byteOffset}): ` +
        `${reason}; it reads ${quote(text)}`,
      options,
    )
    this.file = file
    this.line = line
    this.column = column
    this.byteOffset = byteOffset
    this.text = text
    this.field = field
  }
}

/** A value of an item cannot be written to its column: it has no text, is too long, or would break the format. */
export class FlatFileValueError extends BatchError {
  static readonly code = 'BATCH_FLAT_FILE_VALUE'
  readonly column: string
  readonly value: unknown

  constructor(owner: string, column: string, value: unknown, reason: string, options?: { readonly cause?: unknown }) {
    super(`${owner} cannot write ${quote(value)} to column ${quote(column)}: ${reason}`, options)
    this.column = column
    this.value = value
  }
}
