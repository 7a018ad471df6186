import { INCOMPLETE, type RecordParser } from './record-parser.js'
import { RecordText } from './record-text.js'

const BLANK = /^[ \t\r]*$/

/** Finds lines, which end at a line feed only: a carriage return is a blank of JSON. */
export class JsonLineParser implements RecordParser {
  readonly fields: string[] = ['']
  readonly starts: number[] = [0]
  readonly quoted = undefined
  readonly lines = 1
  count = 0
  readonly #in = new RecordText({ separator: '\n' })

  load(text: string, final: boolean): void {
    this.#in.load(text, final)
  }

  parse(at: number): number {
    const source = this.#in
    source.begin(at)
    const end = source.lineEnd(at)
    if (end < 0) return INCOMPLETE
    const line = source.text.slice(at, end)
    this.count = line.charCodeAt(0) !== 123 && BLANK.test(line) ? 0 : 1
    this.fields[0] = line
    this.starts[0] = at
    return source.after
  }

  skipLine(at: number): number {
    this.#in.rewind(at)
    return this.#in.lineEnd(at) < 0 ? INCOMPLETE : this.#in.after
  }
}
