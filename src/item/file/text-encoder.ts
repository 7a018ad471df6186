import { gzip } from 'node:zlib'
import { promisify } from 'node:util'
import type { Compression } from './file-resource.js'

/** The encodings that files are written in. */
export type OutputEncoding = 'utf-8' | 'utf-16le' | 'latin1'

/** The names of {@link OutputEncoding}. */
export const OUTPUT_ENCODINGS: readonly OutputEncoding[] = ['utf-8', 'utf-16le', 'latin1']

const pack = promisify(gzip)
/** Finds what an encoding does not have: half a surrogate pair alone, or anything behind the first 256 characters. */
export function unencodable(encoding: OutputEncoding): RegExp {
  return encoding === 'latin1' ? /[^\0-\xff]/ : /[\ud800-\udfff]/u
}

const NODE_NAMES = { 'utf-8': 'utf8', 'utf-16le': 'utf16le', latin1: 'latin1' } as const

/** The bytes of a text. Packed, each is a whole gzip file of its own: several behind one another are a gzip file too. */
export function encodeText(text: string, encoding: OutputEncoding, compression: Compression): Buffer | Promise<Buffer> {
  const bytes = Buffer.from(text, NODE_NAMES[encoding])
  return compression === 'gzip' ? pack(bytes) : bytes
}
