import { isAscii, isUtf8 } from 'node:buffer'
import type { Encoding } from './encodings.js'

/** A part of a text whose bytes are counted alike. */
export interface Span {
  /** Index of its first UTF-16 unit. */
  at: number
  /** Offset of its first byte. */
  readonly byte: number
  /** Bytes of each unit; 0: those of UTF-8; `undefined`: only the beginning is known. */
  readonly unit: number | undefined
}

/** Text with what is known of its bytes. */
export interface DecodedText {
  readonly text: string
  readonly spans: Span[]
  /** Indexes of what stands for bytes that the encoding does not have. */
  readonly invalid: number[]
}

/** Decodes whole characters that begin at the offset `byte` of a file. */
export function decodeText(encoding: Encoding, bytes: Buffer, byte: number): DecodedText {
  const { unit } = encoding
  const text = encoding.decode(bytes)
  if (unit !== undefined) {
    const spans = [{ at: 0, byte, unit }]
    if (text !== undefined) return { text, spans, invalid: [] }
    const loose = encoding.decodeLoosely(bytes)
    return { text: loose, spans, invalid: replaced(loose, bytes, encoding) }
  }
  if (text !== undefined && encoding.name === 'utf-8') {
    return { text, spans: [{ at: 0, byte, unit: isAscii(bytes) ? 1 : 0 }], invalid: [] }
  }
  return encoding.name === 'utf-8' ? decodeDamaged(bytes, byte) : decodeLines(encoding, bytes, byte)
}

/** UTF-8 in which some bytes cannot be: each of them becomes U+FFFD, so that every place in the text has its byte. */
function decodeDamaged(bytes: Buffer, byte: number): DecodedText {
  const parts: string[] = []
  const spans: Span[] = []
  const invalid: number[] = []
  let length = 0
  const add = (from: number, to: number, isValid: boolean): void => {
    if (from === to) return
    const text = isValid ? bytes.toString('utf8', from, to) : '\ufffd'.repeat(to - from)
    spans.push({ at: length, byte: byte + from, unit: isValid ? 0 : 1 })
    if (!isValid) for (let at = from; at < to; at++) invalid.push(length + at - from)
    parts.push(text)
    length += text.length
  }
  for (let at = 0; at < bytes.length;) {
    const valid = runEnd(bytes, at, true)
    add(at, valid, true)
    at = runEnd(bytes, valid, false)
    add(valid, at, false)
  }
  return { text: parts.join(''), spans, invalid }
}

/** Where characters that are whole end, or bytes that are none. */
function runEnd(bytes: Buffer, from: number, areValid: boolean): number {
  let at = from
  while (at < bytes.length) {
    const size = characterSize(bytes, at)
    if (size > 0 !== areValid) break
    at += areValid ? size : 1
  }
  return at
}

/** How many bytes the character at an index has; 0 where there is none. */
function characterSize(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number
  if (lead < 0x80) return 1
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  return at + size <= bytes.length && isUtf8(bytes.subarray(at, at + size)) ? size : 0
}

/** Line by line: their beginnings are then known, and a byte that cannot be spoils no other line. */
function decodeLines(encoding: Encoding, bytes: Buffer, byte: number): DecodedText {
  const parts: string[] = []
  const spans: Span[] = []
  const invalid: number[] = []
  let length = 0
  for (let from = 0; from < bytes.length;) {
    const to = lineEnd(bytes, from)
    const line = bytes.subarray(from, to)
    const strict = encoding.decode(line)
    const text = strict ?? encoding.decodeLoosely(line)
    if (strict === undefined) invalid.push(length + Math.max(0, text.indexOf('\ufffd')))
    spans.push({ at: length, byte: byte + from, unit: undefined })
    parts.push(text)
    length += text.length
    from = to
  }
  return { text: parts.join(''), spans, invalid }
}

function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === 10 || bytes[at] === 13) return at + 1
  return bytes.length
}

/** Where U+FFFD stands for something else than itself. */
function replaced(text: string, bytes: Buffer, { name, unit }: Encoding): number[] {
  const found: number[] = []
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) {
    const offset = at * (unit ?? 1)
    const pair = ((bytes[offset] as number) << 8) | (bytes[offset + 1] ?? 0)
    if (unit === 1 || pair !== (name === 'utf-16le' ? 0xfdff : 0xfffd)) found.push(at)
  }
  return found
}
