import { BadRecord, INCOMPLETE, type RecordParser } from './record-parser.js'
import { RecordText } from './record-text.js'

/** Where the fields of a line stand. */
export interface FixedLengthFormat {
  /** Index of the first character of each field, and of the one behind its last. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
  /** Whether a line may be shorter or longer than its fields. */
  readonly lenient: boolean
  readonly comment: string | undefined
  readonly separator: string | undefined
}

/** Reads lines whose fields stand at fixed places, padded with spaces. */
export class FixedLengthParser implements RecordParser {
  readonly fields: string[] = []
  readonly starts: number[] = []
  readonly quoted = undefined
  count = 0
  lines = 1
  readonly #format: FixedLengthFormat
  readonly #length: number
  readonly #in: RecordText

  constructor(format: FixedLengthFormat) {
    this.#format = format
    this.#length = Math.max(...format.ranges.map(({ to }) => to))
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
    const { after, text } = source
    const { lenient, ranges } = this.#format
    this.count = 0
    this.lines = source.linesFrom(at)
    if (source.isNoRecord(at, end)) return after
    if (!lenient && end - at !== this.#length) {
      throw new BadRecord(`the line has ${end - at} characters, and its columns take ${this.#length}`, end)
    }
    for (const [index, { from, to }] of ranges.entries()) {
      this.starts[index] = Math.min(at + from, end)
      this.fields[index] = text.slice(Math.min(at + from, end), Math.min(at + to, end)).trim()
    }
    this.count = ranges.length
    return after
  }

  skipLine(at: number): number {
    const source = this.#in
    source.rewind(at)
    if (source.lineEnd(at) < 0) return INCOMPLETE
    this.lines = source.linesFrom(at)
    return source.after
  }
}
