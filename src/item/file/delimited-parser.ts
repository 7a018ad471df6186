import { BadRecord, INCOMPLETE, type RecordParser } from './record-parser.js'
import { RecordText } from './record-text.js'

/** What separates fields and records. */
export interface DelimitedFormat {
  readonly delimiter: string
  /** One character, or `undefined` where quotes mean nothing. */
  readonly quote: string | undefined
  /** Lines that begin with it are left out. */
  readonly comment: string | undefined
  /** What ends a record instead of a line break. */
  readonly separator: string | undefined
}

/**
 * Reads delimited text as RFC 4180 has it: a field that begins with a quote ends with one, may hold delimiters and line
 * breaks, and quotes that are doubled.
 */
export class DelimitedParser implements RecordParser {
  readonly fields: string[] = []
  readonly starts: number[] = []
  count = 0
  lines = 1
  quoted: boolean[] | undefined
  readonly #format: DelimitedFormat
  readonly #in: RecordText

  constructor(format: DelimitedFormat) {
    this.#format = format
    this.#in = new RecordText(format)
  }

  load(text: string, final: boolean): void {
    this.#in.load(text, final)
  }

  parse(at: number): number {
    const source = this.#in
    source.begin(at)
    const end = source.lineEnd(at)
    if (end < 0) return INCOMPLETE
    const { after } = source
    this.count = 0
    this.lines = source.linesFrom(at)
    this.quoted = undefined
    if (source.isNoRecord(at, end)) return after
    if (source.quote(at) < end) return this.#parseQuoted(at)
    this.#split(at, end)
    return after
  }

  skipLine(at: number): number {
    const source = this.#in
    source.rewind(at)
    if (source.lineEnd(at) < 0) return INCOMPLETE
    this.lines = source.linesFrom(at)
    return source.after
  }

  /** Takes fields apart where there are no quotes. */
  #split(at: number, end: number): void {
    const source = this.#in
    const { text } = source
    const { fields, starts } = this
    const { delimiter } = this.#format
    const last = end - delimiter.length
    let count = 0
    let from = at
    let next = source.delimiter(at)
    while (next <= last) {
      starts[count] = from
      fields[count++] = text.slice(from, next)
      from = next + delimiter.length
      next = source.delimiterBehind(from)
    }
    starts[count] = from
    fields[count++] = text.slice(from, end)
    this.count = count
  }

  #parseQuoted(at: number): number {
    const source = this.#in
    const { delimiter, quote } = this.#format
    this.quoted = []
    let from = at
    let count = 0
    for (;;) {
      const isQuoted = source.quote(from) === from
      const end = isQuoted ? this.#quotedField(from, quote as string, count) : this.#plainField(from, count)
      if (end < 0) return INCOMPLETE
      this.starts[count] = from
      this.quoted[count++] = isQuoted
      // A delimiter that the text has a part of.
      if (end + delimiter.length > source.text.length && !source.final) return INCOMPLETE
      if (source.text.startsWith(delimiter, end)) {
        from = end + delimiter.length
        continue
      }
      const lineEnd = source.lineEnd(end)
      if (lineEnd < 0) return INCOMPLETE
      if (lineEnd !== end) throw new BadRecord('text stands behind the closing quote of a field', end)
      this.count = count
      this.lines = source.lineBreaks(at, source.after) + (source.after === end ? 1 : 0)
      return source.after
    }
  }

  /** Reads a field without quotes, and returns the index behind it. */
  #plainField(from: number, index: number): number {
    const source = this.#in
    const lineEnd = source.lineEnd(from)
    if (lineEnd < 0) return INCOMPLETE
    const delimiter = source.delimiter(from)
    const end = delimiter + this.#format.delimiter.length <= lineEnd ? delimiter : lineEnd
    const quote = source.quote(from)
    if (quote < end) throw new BadRecord('a quote stands in a field that does not begin with one', quote)
    this.fields[index] = source.text.slice(from, end)
    return end
  }

  /** Reads a field in quotes, and returns the index behind the closing one. */
  #quotedField(at: number, quote: string, index: number): number {
    const source = this.#in
    const { text, final } = source
    let from = at + 1
    let value = ''
    for (;;) {
      const close = source.quote(from)
      if (close >= text.length) {
        if (final) throw new BadRecord('a quote is not closed', at)
        return INCOMPLETE
      }
      // The second of two quotes may come with the next text.
      if (close === text.length - 1 && !final) return INCOMPLETE
      if (!text.startsWith(quote, close + 1)) {
        this.fields[index] = value === '' ? text.slice(at + 1, close) : value + text.slice(from, close)
        return close + 1
      }
      value += text.slice(from, close + 1)
      from = close + 2
    }
  }
}
