/** Nothing more of that kind is in the text. */
const NONE = Number.POSITIVE_INFINITY

/** A text that holds records, with the next places of what is looked for in it: nothing is looked for twice. */
export class RecordText {
  text = ''
  /** Whether nothing follows the text. */
  final = false
  /** Where the line that `lineEnd` found ends, its line break included. */
  after = 0
  readonly #separator: string | undefined
  readonly #comment: string | undefined
  readonly #delimiter: string
  readonly #quote: string | undefined
  #begun = -1
  #lineFeed = -1
  #carriageReturn = -1
  #nextSeparator = -1
  #nextDelimiter = -1
  #nextQuote = -1

  constructor(marks: {
    readonly separator?: string | undefined
    readonly comment?: string | undefined
    readonly delimiter?: string
    readonly quote?: string | undefined
  }) {
    this.#separator = marks.separator
    this.#comment = marks.comment
    this.#delimiter = marks.delimiter ?? ''
    this.#quote = marks.quote
  }

  /** Takes another text. */
  load(text: string, final: boolean): void {
    this.text = text
    this.final = final
    this.rewind(-1)
  }

  /** Says where a record begins; one that is read again, or that is before the last, is looked through anew. */
  begin(at: number): void {
    if (at <= this.#begun) this.rewind(at)
    this.#begun = at
  }

  /** Forgets what was found: what is looked for next is not before `at`. */
  rewind(at: number): void {
    this.#begun = at
    this.#lineFeed = -1
    this.#carriageReturn = -1
    this.#nextSeparator = -1
    this.#nextDelimiter = -1
    this.#nextQuote = -1
  }

  /** Whether a line that `lineEnd` found is no record: blank, a comment, or the line break at the end of a file with separators. */
  isNoRecord(at: number, end: number): boolean {
    if (end === at || (this.#comment !== undefined && this.text.startsWith(this.#comment, at))) return true
    return this.#separator !== undefined && this.final && this.text.slice(at, end).trim() === ''
  }

  /** How many lines it takes from `at`: with a separator, line breaks may stand in it. */
  linesFrom(at: number): number {
    return this.#separator === undefined ? 1 : this.lineBreaks(at, this.after)
  }

  /** The index of the first delimiter from `at` on, or Infinity. */
  delimiter(at: number): number {
    if (this.#nextDelimiter < at) this.#nextDelimiter = this.#find(this.#delimiter, at)
    return this.#nextDelimiter
  }

  /** The same, where `at` is known to be behind the delimiter that was found last. */
  delimiterBehind(at: number): number {
    const found = this.text.indexOf(this.#delimiter, at)
    this.#nextDelimiter = found < 0 ? NONE : found
    return this.#nextDelimiter
  }

  /** The index of the first quote from `at` on, or Infinity. */
  quote(at: number): number {
    if (this.#quote === undefined) return NONE
    if (this.#nextQuote < at) this.#nextQuote = this.#find(this.#quote, at)
    return this.#nextQuote
  }

  /**
   * Where the line that `at` is in ends, without its line break: `\n`, `\r\n` or `\r`, or the separator. `-1` when the
   * text does not have its end. Sets `after`.
   */
  lineEnd(at: number): number {
    if (this.#separator !== undefined) return this.#separatorAt(at, this.#separator)
    if (this.#lineFeed < at) this.#lineFeed = this.#find('\n', at)
    if (this.#carriageReturn < at) this.#carriageReturn = this.#find('\r', at)
    const feed = this.#lineFeed
    const carriage = this.#carriageReturn
    if (carriage < feed) {
      // The line feed that belongs to it may come with the next text.
      if (carriage === this.text.length - 1 && !this.final) return -1
      this.after = carriage + 1 === feed ? feed + 1 : carriage + 1
      return carriage
    }
    if (feed === NONE) return this.#lastLine()
    this.after = feed + 1
    return feed
  }

  /** How many line breaks there are from `from` to before `to`. */
  lineBreaks(from: number, to: number): number {
    let count = 0
    for (let at = from; at < to; at++) {
      const unit = this.text.charCodeAt(at)
      if (unit === 10 || (unit === 13 && this.text.charCodeAt(at + 1) !== 10)) count++
    }
    return count
  }

  #separatorAt(at: number, separator: string): number {
    if (this.#nextSeparator < at) this.#nextSeparator = this.#find(separator, at)
    if (this.#nextSeparator === NONE) return this.#lastLine()
    this.after = this.#nextSeparator + separator.length
    return this.#nextSeparator
  }

  #lastLine(): number {
    if (!this.final) return -1
    this.after = this.text.length
    return this.text.length
  }

  #find(mark: string, at: number): number {
    const found = this.text.indexOf(mark, at)
    return found < 0 ? NONE : found
  }
}
