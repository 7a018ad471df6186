import { isAscii, isUtf8 } from 'node:buffer'
import type { OptionCheck } from '../../domain/check-option.js'

/** How text and bytes of an encoding belong together. */
export interface Encoding {
  /** As TextDecoder calls it. */
  readonly name: string
  /**
   * Bytes of each UTF-16 unit of text where that is always the same; else `undefined`: then line breaks are single bytes
   * that are part of no other character.
   */
  readonly unit: 1 | 2 | undefined
  /** How many bytes at the beginning of `bytes` are whole characters. */
  whole(bytes: Buffer): number
  /** The text of whole characters, or `undefined` where a byte cannot be. */
  decode(bytes: Buffer): string | undefined
  /** The text, with U+FFFD for what cannot be. */
  decodeLoosely(bytes: Buffer): string
}

const MULTI_BYTE = ['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'euc-jp']
const WITH_UNIT = /^(?:ibm866|iso-8859-\d+(?:-i)?|koi8-[ru]|macintosh|windows-\d+|x-mac-cyrillic)$/

/** The bytes 0x80 to 0x9f of windows-1252: some versions of Node take them for ISO 8859-1. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** The encoding of text that says nothing else. */
export const UTF_8: Encoding = {
  name: 'utf-8',
  unit: undefined,
  whole: wholeUtf8,
  decode: (bytes) => {
    if (isAscii(bytes)) return bytes.toString('latin1')
    return isUtf8(bytes) ? bytes.toString('utf8') : undefined
  },
  decodeLoosely: (bytes) => bytes.toString('utf8'),
}

const WINDOWS: Encoding = {
  name: 'windows-1252',
  unit: 1,
  whole: (bytes) => bytes.length,
  decode: decodeWindows,
  decodeLoosely: decodeWindows,
}

/** Checks the label of an encoding. */
export function checkEncoding(check: OptionCheck, label: unknown): Encoding {
  const expected = 'the label of an encoding of TextDecoder in which line breaks are characters of their own'
  let name: string
  try {
    name = new TextDecoder(check.text('encoding', label)).encoding
  } catch {
    return check.fail('encoding', label, expected)
  }
  return encodingOf(name) ?? check.fail('encoding', label, expected)
}

/** An encoding by the name that TextDecoder gives it. */
export function encodingOf(name: string): Encoding | undefined {
  if (name === 'utf-8') return UTF_8
  if (name === 'windows-1252') return WINDOWS
  if (name === 'utf-16le' || name === 'utf-16be') return byDecoder(name, 2, wholeUtf16(name === 'utf-16le' ? 1 : 0))
  if (WITH_UNIT.test(name)) return byDecoder(name, 1, (bytes) => bytes.length)
  if (MULTI_BYTE.includes(name)) return byDecoder(name, undefined, wholeLines)
  return undefined
}

function byDecoder(name: string, unit: 1 | 2 | undefined, whole: Encoding['whole']): Encoding {
  const strict = new TextDecoder(name, { fatal: true, ignoreBOM: true })
  const loose = new TextDecoder(name, { ignoreBOM: true })
  return {
    name,
    unit,
    whole,
    decode: (bytes) => {
      try {
        return strict.decode(bytes)
      } catch {
        return undefined
      }
    },
    decodeLoosely: (bytes) => loose.decode(bytes),
  }
}

function decodeWindows(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  return isAscii(bytes)
    ? text
    : text.replace(/[\x80-\x9f]/g, (unit) => WINDOWS_1252[unit.charCodeAt(0) - 0x80] as string)
}

/** Leaves the beginning of a character at the end for the next bytes. */
function wholeUtf8(bytes: Buffer): number {
  const { length } = bytes
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] as number
    if (byte < 0x80) return length
    if (byte < 0xc0) continue
    const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return size > back ? length - back : length
  }
  return length
}

/** The second half of a surrogate pair comes with the next bytes. */
function wholeUtf16(highByte: 0 | 1): (bytes: Buffer) => number {
  return (bytes) => {
    const even = bytes.length - (bytes.length % 2)
    if (even === 0) return 0
    return ((bytes[even - 2 + highByte] as number) & 0xfc) === 0xd8 ? even - 2 : even
  }
}

function wholeLines(bytes: Buffer): number {
  return Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13)) + 1
}

/** The encoding that the first bytes of a file name, and how many bytes the name has. */
export function byteOrderMark(bytes: Buffer): { readonly name: string; readonly length: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { name: 'utf-8', length: 3 }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { name: 'utf-16le', length: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { name: 'utf-16be', length: 2 }
  return undefined
}
