import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** Where something is in a file, as far as it is known. */
export interface FileSpot {
  readonly file: string
  readonly byteOffset: number
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/**
 * A record of a JSON Lines, JSON or XML file cannot become an item: it is not JSON, longer than `maxRecordBytes`, not what
 * the schema says, or `map` threw. It can be skipped: the reader has moved behind it, and the next call goes on with the
 * next record. `cause` is the error of `JSON.parse`, the schema or `map`.
 */
export class FileRecordError extends BatchError {
  static readonly code = 'BATCH_FILE_RECORD'
  readonly file: string
  /** The line, from 1; `undefined` in a JSON array, where only bytes are counted. */
  readonly line: number | undefined
  /** Where the record begins, in bytes of the content. */
  readonly byteOffset: number
  /** The record, at most its first 200 characters. */
  readonly text: string

  constructor(owner: string, spot: FileSpot & { readonly text: string }, reason: string, options?: { cause: unknown }) {
    super(`${owner}: the record at ${where(spot)}: ${reason}; it reads ${quote(spot.text)}`, options)
    this.file = spot.file
    this.line = spot.line
    this.byteOffset = spot.byteOffset
    this.text = spot.text
  }
}

/**
 * A JSON or XML file is no whole document: its syntax is broken outside of a record, it ends in the middle, has not what is
 * to be read, or goes over a limit. Nothing behind that place can be read, so it is not to be skipped: each further call
 * throws it again. `cause` is the parser's error.
 */
export class FileDocumentError extends BatchError {
  static readonly code = 'BATCH_FILE_DOCUMENT'
  readonly file: string
  /** The line, from 1; `undefined` in a JSON file, where only bytes are counted. */
  readonly line: number | undefined
  /** The character in that line, from 1; `undefined` in a JSON file. */
  readonly column: number | undefined
  /** The byte of the content at which it was noticed, or one before that. */
  readonly byteOffset: number

  constructor(owner: string, spot: FileSpot, reason: string, options?: { cause: unknown }) {
    super(`${owner} cannot read on at ${where(spot)}: ${reason}`, options)
    this.file = spot.file
    this.line = spot.line
    this.column = spot.column
    this.byteOffset = spot.byteOffset
  }
}

/** An item cannot be written to a JSON or XML file: it has a value or a name that the format cannot have. */
export class FileValueError extends BatchError {
  static readonly code = 'BATCH_FILE_VALUE'
  readonly item: unknown
  /** The names that lead to the value, with dots: `address.zip`; empty for the item itself. */
  readonly path: string

  constructor(owner: string, item: unknown, path: string, reason: string, options?: { cause: unknown }) {
    super(`${owner} cannot write ${path === '' ? '' : `${quote(path)} of `}the item ${quote(item)}: ${reason}`, options)
    this.item = item
    this.path = path
  }
}

function where({ file, line, column, byteOffset }: FileSpot): string {
  const spot = line === undefined ? '' : column === undefined ? `line ${line}, ` : `line ${line}, column ${column}, `
  return `${spot}byte ${byteOffset} of ${quote(file, 300)}`
}
