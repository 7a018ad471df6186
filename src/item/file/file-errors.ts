import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/**
 * A file cannot be opened, read or written: it is not there, is a directory, the disk is full, the content is no gzip.
 * `cause` is the error of the system.
 */
export class FileAccessError extends BatchError {
  static readonly code = 'BATCH_FILE_ACCESS'
  /** The path, or what the reader calls a stream. */
  readonly file: string

  constructor(owner: string, file: string, reason: string, options?: { readonly cause?: unknown }) {
    super(`${owner}: ${quote(file, 300)} ${reason}`, options)
    this.file = file
  }
}

/**
 * How a file is not the one that a stored position belongs to. `'missing'`: it is not there any more; `'shorter'`: it
 * ends before the position; `'beginning'`: it begins with other content; `'before-position'`: other content stands before
 * the position.
 */
export type FileChange = 'missing' | 'shorter' | 'beginning' | 'before-position'

/** A file has changed since the position was stored, so that going on from there would lose or double records. */
export class FileChangedError extends BatchError {
  static readonly code = 'BATCH_FILE_CHANGED'
  readonly file: string
  readonly change: FileChange

  constructor(owner: string, file: string, change: FileChange, detail: string) {
    super(`${owner} cannot go on in ${quote(file, 300)}, which has changed: ${detail}`)
    this.file = file
    this.change = change
  }
}

/** Where the last record of a file is that breaks off. */
export interface TruncatedRecord {
  readonly file: string
  readonly line: number
  readonly byteOffset: number
  readonly text: string
}

/**
 * A file breaks off within its last record, and its reader wants a line break behind it. It is not skipped as a record
 * that cannot be read is: nobody knows how much is missing. A restart goes on in the whole file.
 */
export class FileTruncatedError extends BatchError {
  static readonly code = 'BATCH_FILE_TRUNCATED'
  readonly file: string
  /** The line on which the last record begins, from 1. */
  readonly line: number
  /** Where it begins, in bytes of the content. */
  readonly byteOffset: number
  /** That line, at most its first 200 characters. */
  readonly text: string

  constructor(owner: string, { file, line, byteOffset, text }: TruncatedRecord) {
    super(
      `${owner}: ${quote(file, 300)} breaks off: its last record, on line ${line} (it begins at byte ${byteOffset}), has ` +
        `no end, and \`lastLineBreak\` requires one; it reads ${quote(text)}`,
    )
    this.file = file
    this.line = line
    this.byteOffset = byteOffset
    this.text = text
  }
}

/** What a system's error about a file says, as the end of a sentence. */
export function fileReason(doing: string, error: unknown): string {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  if (code === 'ENOENT') return 'is not there'
  if (code === 'EISDIR') return 'is a directory'
  if (code === 'EACCES' || code === 'EPERM') return `cannot be ${doing}: not allowed`
  if (code === 'ENOSPC' || code === 'EDQUOT') return `cannot be ${doing}: no space is left`
  if (code === 'EFBIG') return `cannot be ${doing}: the system allows no longer file`
  return `cannot be ${doing}`
}
