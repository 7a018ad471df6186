import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OptionCheck } from '../../domain/check-option.js'

/** Bytes as they come: a Node stream without an encoding, an async generator, the body of a response. */
export type ByteStream = AsyncIterable<Uint8Array>

/**
 * Where a file reader reads from: a path (relative to the working directory), a `file:` URL, or a function that opens a
 * stream of bytes. The function is called each time the reader is opened and must give the same bytes from the
 * beginning; a restart reads them again and drops what was committed.
 */
export type FileResource = string | URL | (() => ByteStream | Promise<ByteStream>)

/** How the bytes of a file are packed. */
export type Compression = 'gzip' | 'none'

/** The options by which all file readers find their bytes. */
export interface FileResourceOptions {
  /** What to read. */
  readonly resource: FileResource
  /** `'gzip'`: unpacks while reading. Default `'gzip'` for a path that ends in `.gz`, else `'none'`. */
  readonly compression?: Compression
}

/** A resource after it was checked. */
export interface CheckedResource {
  /** The absolute path, or the name of a stream, for messages. */
  readonly name: string
  readonly path: string | undefined
  readonly open: (() => ByteStream | Promise<ByteStream>) | undefined
  readonly compression: Compression
}

/** The names of {@link FileResourceOptions}. */
export const RESOURCE_OPTIONS: readonly string[] = ['resource', 'compression']

/** Checks the options `resource` and `compression`. */
export function checkResource(check: OptionCheck, { resource, compression }: FileResourceOptions): CheckedResource {
  if (compression !== undefined) check.oneOf('compression', compression, ['gzip', 'none'])
  if (typeof resource === 'function') {
    return { name: 'the stream', path: undefined, open: resource, compression: compression ?? 'none' }
  }
  const path = checkPath(check, 'resource', resource, 'a path, a file: URL, or a function that opens a stream of bytes')
  return { name: path, path, open: undefined, compression: compression ?? compressionOf(path) }
}

/** Checks an option that names a file, and returns its absolute path. */
export function checkPath(
  check: OptionCheck,
  option: string,
  value: unknown,
  expected = 'a path or a file: URL',
): string {
  if (value instanceof URL && value.protocol === 'file:') {
    try {
      return fileURLToPath(value)
    } catch {
      return check.fail(option, value.href, expected)
    }
  }
  if (value instanceof URL) return check.fail(option, value.href, expected)
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return check.fail(option, value, expected)
  return resolve(value)
}

/** What the ending of a file's name says. */
export function compressionOf(path: string): Compression {
  return basename(path).toLowerCase().endsWith('.gz') ? 'gzip' : 'none'
}
