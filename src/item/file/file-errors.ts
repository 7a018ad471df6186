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
 * has lost content; `'beginning'`: it begins with other content; `'before-position'`: other content stands before the
 * position.
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

/** What a system's error about a file says, as the end of a sentence. */
export function fileReason(doing: string, error: unknown): string {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  if (code === 'ENOENT') return 'is not there'
  if (code === 'EISDIR') return 'is a directory'
  if (code === 'EACCES' || code === 'EPERM') return `cannot be ${doing}: not allowed`
  if (code === 'ENOSPC') return `cannot be ${doing}: no space is left`
  return `cannot be ${doing}`
}
