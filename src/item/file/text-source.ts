import { type DecodedText, decodeText, type Span } from './decoded-text.js'
import { byteOrderMark, type Encoding, encodingOf } from './encodings.js'
import type { FileSource } from './file-source.js'
import type { FilePlace } from './fingerprint.js'

/** How much of a text may be looked through again and again while a record has no end, in UTF-16 units. */
const RESCAN = 1024 * 1024

/** The content of a file as text that grows at its end and is dropped at its beginning, with the bytes it came from. */
export class TextSource {
  readonly #source: FileSource
  readonly #given: Encoding | undefined
  #encoding: Encoding
  #text = ''
  #spans: Span[] = []
  #invalid: number[] = []
  /** Bytes that are no whole character yet. */
  #carry: Buffer = Buffer.alloc(0)
  /** The offset of the byte behind the text. */
  #end = 0
  #ended = false
  /** Whether what was read last has a line break. */
  #hasBreak = false
  /** An index whose byte is known, to count on from. */
  #mark = { at: 0, byte: 0 }

  /** `fallback` is for a file that does not say by its first bytes; `given` is what is said of it. */
  constructor(source: FileSource, given: Encoding | undefined, fallback: Encoding) {
    this.#source = source
    this.#given = given
    this.#encoding = given ?? fallback
  }

  /** What was read and not dropped. */
  get text(): string {
    return this.#text
  }

  /** Whether nothing follows the text. */
  get ended(): boolean {
    return this.#ended
  }

  /** The name of the encoding. */
  get encoding(): string {
    return this.#encoding.name
  }

  /** Index of the first unit from `at` on that stands for bytes that cannot be; Infinity if there is none. */
  invalidFrom(at: number): number {
    while ((this.#invalid[0] ?? at) < at) this.#invalid.shift()
    return this.#invalid[0] ?? Number.POSITIVE_INFINITY
  }

  /** Reads the beginning, and leaves out the mark of the byte order. */
  async begin(signal?: AbortSignal): Promise<void> {
    let head: Buffer = Buffer.alloc(0)
    while (head.length < 3) {
      const block = await this.#source.next(0, signal)
      if (block === undefined) break
      head = head.length === 0 ? block : Buffer.concat([head, block])
    }
    const mark = byteOrderMark(head)
    const name = this.#given?.name ?? mark?.name
    if (mark !== undefined && mark.name === name) {
      this.#encoding = encodingOf(name) as Encoding
      this.#end = mark.length
      head = head.subarray(mark.length)
    }
    this.#mark = { at: 0, byte: this.#end }
    this.#take(head)
  }

  /** Goes to a place of an earlier run; the text is empty then. */
  async resume(place: FilePlace, signal?: AbortSignal): Promise<void> {
    await this.#source.resume(place, signal)
    this.#text = ''
    this.#spans = []
    this.#invalid = []
    this.#carry = Buffer.alloc(0)
    this.#end = place.offset
    this.#ended = false
    this.#mark = { at: 0, byte: place.offset }
  }

  /**
   * Drops what is before `from`, and reads until there is a line break more, or the end, or more than `limit` units.
   * Where that is a lot, it is twice as much at once, so that a long record is not looked through too often.
   */
  async fill(from: number, limit: number, isLine: boolean, signal?: AbortSignal): Promise<void> {
    this.drop(from)
    const before = this.#text.length
    const enough = before < RESCAN ? 0 : Math.min(2 * before, limit)
    let hasBreak = !isLine || this.#text.endsWith('\r')
    while (!this.#ended) {
      this.#hasBreak = false
      const bytes = await this.#source.next(this.#mark.byte, signal)
      if (bytes === undefined) this.#finish()
      else this.#take(this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]), limit)
      hasBreak ||= this.#hasBreak
      if (this.#text.length > limit || (hasBreak && this.#text.length > enough)) return
    }
  }

  /** Drops what is before an index. */
  drop(from: number): void {
    if (from === 0) return
    const byte = this.byteOffset(from)
    this.#text = this.#text.slice(from)
    const kept = this.#spans.findLastIndex(({ at }) => at <= from)
    const [first, ...rest] = this.#spans.slice(Math.max(kept, 0))
    for (const span of rest) span.at -= from
    this.#spans = first === undefined || this.#text === '' ? [] : [{ ...first, at: 0, byte }, ...rest]
    this.#invalid = this.#invalid.filter((at) => at >= from).map((at) => at - from)
    this.#mark = { at: 0, byte }
  }

  /**
   * The offset of the byte at an index. Exact at the beginning of a line, and
   * anywhere where each unit has as many bytes as any other or the encoding is UTF-8.
   */
  byteOffset(index: number): number {
    const span = this.#spanOf(index)
    const byte = span === undefined ? this.#end : this.#byteIn(span, index)
    this.#mark = { at: index, byte }
    return byte
  }

  /** The place of an index that `byteOffset` would tell. */
  place(index: number): FilePlace {
    return this.#source.place(this.byteOffset(index))
  }

  #spanOf(index: number): Span | undefined {
    if (index === this.#text.length) return undefined
    let low = 0
    let high = this.#spans.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#spans[middle] as Span).at <= index) low = middle
      else high = middle - 1
    }
    return this.#spans[low]
  }

  #byteIn(span: Span, index: number): number {
    const { unit } = span
    if (unit === undefined) return span.byte
    if (unit > 0) return span.byte + (index - span.at) * unit
    const { at } = this.#mark
    const from = at >= span.at && at <= index ? this.#mark : span
    return from.byte + Buffer.byteLength(this.#text.slice(from.at, index))
  }

  #take(bytes: Buffer, limit = Number.POSITIVE_INFINITY): void {
    let whole = this.#encoding.whole(bytes)
    // A line that is longer than any may be is cut anywhere.
    if (whole === 0 && bytes.length > limit) whole = bytes.length - (bytes.length % 2)
    this.#carry = bytes.subarray(whole)
    if (whole > 0) this.#append(decodeText(this.#encoding, bytes.subarray(0, whole), this.#end), whole)
  }

  #append({ text, spans, invalid }: DecodedText, bytes: number): void {
    const shift = this.#text.length
    for (const span of spans) this.#spans.push({ ...span, at: span.at + shift })
    for (const at of invalid) this.#invalid.push(at + shift)
    this.#text = shift === 0 ? text : this.#text + text
    this.#hasBreak ||= /[\n\r]/.test(text)
    this.#end += bytes
  }

  /** What is left of a character at the end of the file is none. */
  #finish(): void {
    this.#ended = true
    if (this.#carry.length === 0) return
    this.#append(decodeText(this.#encoding, this.#carry, this.#end), this.#carry.length)
    this.#carry = Buffer.alloc(0)
  }
}
