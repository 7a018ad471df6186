import type { BatchError } from '../../domain/batch-error.js'
import type { Json } from '../../support/json.js'
import { FileTruncatedError } from './file-errors.js'
import { countOf, filePlaceOf } from './fingerprint.js'
import type { FlatFileProblem } from './flat-file-errors.js'
import type { RecordFeed } from './record-item-reader.js'
import { BadRecord, INCOMPLETE, type RecordParser } from './record-parser.js'
import type { TextSource } from './text-source.js'

/** Where records come from, and what is said of them. */
export interface RecordsOptions {
  readonly owner: string
  /** The name of the file, for messages. */
  readonly file: string
  readonly text: TextSource
  readonly parser: RecordParser
  readonly maxRecordBytes: number
  /** Whether a line break ends a record. */
  readonly byLine: boolean
  /** Whether the last record of a text, which is the end of the file, has its end. Default: that it ends will do. */
  readonly isWhole?: ((text: string) => boolean) | undefined
  /** Makes the error of a record that cannot be read. */
  readonly error: (problem: FlatFileProblem, reason: string, options?: { readonly cause: unknown }) => BatchError
}

/** Makes items of records. */
export interface RecordMapper {
  /** The item of the record that was read last. Throws {@link BadRecord}. */
  item(record: RecordParser): unknown
}

/** The most characters of a line that an error has. */
const SHOWN = 200

/** The records of an open file, one after another, with the place behind the last one. Not for calls at the same time. */
export class FlatFileRecords<T> implements RecordFeed<T> {
  readonly #options: RecordsOptions
  readonly #text: TextSource
  readonly #parser: RecordParser
  #mapper: RecordMapper | undefined
  /** Where in the text the next record begins, and on which line that is. */
  #at = 0
  #line = 1
  #records = 0
  /** A record that is too long and whose end is looked for. */
  #tooLong: BatchError | undefined
  /** The errors of records. */
  readonly #errors = new WeakSet<object>()

  constructor(options: RecordsOptions) {
    this.#options = options
    this.#text = options.text
    this.#parser = options.parser
    this.#load()
  }

  /** Leaves out lines at the beginning, and tells them. */
  async skipLines(count: number, tell: ((line: string, number: number) => void) | undefined): Promise<void> {
    for (let number = 1; number <= count; number++) {
      let end = this.#parser.skipLine(this.#at)
      for (; end === INCOMPLETE; end = this.#parser.skipLine(this.#at)) await this.#needed()
      if (end === this.#at) return
      tell?.(this.#text.text.slice(this.#at, end).replace(/(?:\r\n|\n|\r)$/, ''), number)
      this.#move(end)
    }
  }

  /** The fields of the next record, or `undefined` when there is none: the header. */
  async header(): Promise<readonly string[] | undefined> {
    while (this.#at < this.#text.text.length || !this.#text.ended) {
      const end = this.#at < this.#text.text.length ? this.#checked(() => this.#parseHeader()) : INCOMPLETE
      if (end === INCOMPLETE) {
        await this.#needed()
        continue
      }
      const { fields, count } = this.#parser
      this.#move(end)
      if (count > 0) return fields.slice(0, count)
    }
    return undefined
  }

  /** Says how fields become items. */
  map(makeMapper: () => RecordMapper): void {
    this.#mapper = this.#checked(makeMapper)
  }

  /** Goes to a position of an earlier run. */
  async resume(position: Json, signal: AbortSignal): Promise<void> {
    const { owner } = this.#options
    const place = filePlaceOf(owner, position)
    const line = countOf(owner, position, 'line')
    const records = countOf(owner, position, 'records')
    await this.#text.resume(place, signal)
    this.#at = 0
    this.#line = line
    this.#records = records
    this.#load()
  }

  /**
   * Adds items until there are `size`. True: that many are there, or all there will be, or a record behind them cannot be
   * read, which the next call tells. False: more of the file is needed first. Throws the error of a record that cannot be
   * read, and is behind it then.
   */
  take(size: number, items: T[]): boolean {
    const text = this.#text.text
    while (items.length < size) {
      if (this.#tooLong !== undefined) return false
      if (this.#at >= text.length) return this.#text.ended
      let end = INCOMPLETE
      try {
        end = this.#parser.parse(this.#at)
        if (end === INCOMPLETE) return this.#cannotBeLonger(items.length)
        if (this.#isTooLong(end)) {
          end = INCOMPLETE
          throw this.#longRecord(this.#at)
        }
        this.#checkBytes(end)
        const item = this.#parser.count === 0 ? undefined : (this.#mapper as RecordMapper).item(this.#parser)
        this.#move(end)
        if (item === undefined) continue
        this.#records++
        items.push(item as T)
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error
        if (items.length > 0) return true
        this.#leave(error, end)
      }
    }
    return true
  }

  /** Reads more of the file. After an error it can be called again. */
  async more(signal?: AbortSignal): Promise<void> {
    if (this.#tooLong !== undefined) return this.#dropLine(this.#tooLong, signal)
    await this.#fill(this.#at, signal)
  }

  /** The place behind the last item. */
  position(): Json {
    return { ...this.#text.place(this.#at), line: this.#line, records: this.#records }
  }

  isOfRecord(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#errors.has(error)
  }

  #load(): void {
    const { text, ended } = this.#text
    this.#parser.load(text, ended && (this.#options.isWhole?.(text) ?? true))
  }

  /** Reads on, and drops what is before `from`. */
  async #fill(from: number, signal: AbortSignal | undefined): Promise<void> {
    const { owner, file, maxRecordBytes, byLine } = this.#options
    const { text } = this.#text
    // There is nothing more, and the record has no end: so it is not whole.
    if (this.#text.ended) {
      throw new FileTruncatedError(owner, {
        file,
        line: this.#line,
        byteOffset: this.#text.byteOffset(this.#at),
        text: firstLine(text.slice(this.#at, this.#at + SHOWN)),
      })
    }
    await this.#text.fill(from, maxRecordBytes, byLine, signal)
    this.#at = 0
    this.#load()
  }

  #move(end: number): void {
    this.#at = end
    this.#line += this.#parser.lines
  }

  #parseHeader(): number {
    const end = this.#parser.parse(this.#at)
    if (end === INCOMPLETE) return end
    if (this.#isTooLong(end)) throw this.#longRecord(this.#at)
    this.#checkBytes(end)
    return end
  }

  #isTooLong(end: number): boolean {
    const at = this.#at
    const { maxRecordBytes } = this.#options
    // No encoding has more than four bytes for a unit.
    if (4 * (end - at) <= maxRecordBytes || this.#parser.count === 0) return false
    return this.#text.byteOffset(end) - this.#text.byteOffset(at) > maxRecordBytes
  }

  #checkBytes(end: number): void {
    const invalid = this.#text.invalidFrom(this.#at)
    if (invalid < end) throw new BadRecord(`it has bytes that are not ${this.#text.encoding}`, invalid)
  }

  #longRecord(at: number): BadRecord {
    const limit = `the record has more than ${this.#options.maxRecordBytes} bytes, which is maxRecordBytes`
    const isOneLine = this.#parser.skipLine(at) === INCOMPLETE
    return new BadRecord(isOneLine ? limit : `${limit}; is a quote not closed?`, at)
  }

  /** Says whether a record that has no end yet may still get one. */
  #cannotBeLonger(items: number): boolean {
    const at = this.#at
    if (this.#text.text.length - at <= this.#options.maxRecordBytes) return false
    if (items > 0) return true
    const error = this.#longRecord(at)
    if (this.#parser.skipLine(at) !== INCOMPLETE) throw error
    this.#tooLong = this.#problem(error)
    return false
  }

  /** Reads on to the end of a line without keeping it, and throws the error. */
  async #dropLine(error: BatchError, signal: AbortSignal | undefined): Promise<never> {
    for (;;) {
      const end = this.#parser.skipLine(this.#at)
      if (end !== INCOMPLETE) {
        this.#tooLong = undefined
        this.#move(end)
        throw error
      }
      // A line feed may follow a carriage return, and the end of a separator its beginning.
      await this.#fill(Math.max(this.#at, this.#text.text.length - 64), signal)
    }
  }

  /** Goes behind a record that cannot be read. Where its end cannot be known, it is the line it begins on. */
  #leave(error: BadRecord, end: number): never {
    const problem = this.#problem(error)
    this.#move(end === INCOMPLETE ? this.#parser.skipLine(this.#at) : end)
    throw problem
  }

  #problem(error: BadRecord): BatchError {
    const { file } = this.#options
    const { text } = this.#text
    const before = text.slice(this.#at, error.at).split(/\r\n|\n|\r/)
    const problem = {
      file,
      line: this.#line + before.length - 1,
      column: (before.at(-1) as string).length + 1,
      byteOffset: this.#text.byteOffset(this.#at),
      text: firstLine(text.slice(this.#at, this.#at + SHOWN)),
      field: error.field,
    }
    const options = error.cause === undefined ? undefined : { cause: error.cause }
    const made = this.#options.error(problem, error.message, options)
    this.#errors.add(made)
    return made
  }

  #checked<R>(work: () => R): R {
    try {
      return work()
    } catch (error) {
      throw error instanceof BadRecord ? this.#problem(error) : error
    }
  }

  /** Reads more of the beginning, which must end somewhere. */
  async #needed(): Promise<void> {
    const at = this.#at
    if (this.#text.text.length - at > this.#options.maxRecordBytes) throw this.#problem(this.#longRecord(at))
    await this.more()
  }
}

function firstLine(text: string): string {
  return text.split(/[\n\r]/, 1)[0] as string
}
