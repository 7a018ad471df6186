import { OptionCheck } from '../../domain/check-option.js'
import type { Json } from '../../support/json.js'
import type { ItemStream } from '../item-stream.js'
import type { ItemWriter } from '../item-writer.js'
import { NotOpenError } from '../not-open-error.js'
import { FileOutput, type OutputOptions } from './file-output.js'
import { checkPath, type Compression, compressionOf } from './file-resource.js'
import { countOf, outputPlaceOf } from './fingerprint.js'
import { FlatFileValueError } from './flat-file-errors.js'
import { checkMarks } from './flat-file-format.js'
import { checkOutputColumns, type FlatFileWriterColumns } from './flat-file-writer-columns.js'
import { RecordWriter } from './record-writer.js'
import { encodeText, OUTPUT_ENCODINGS, type OutputEncoding, unencodable } from './text-encoder.js'

/** Options of a {@link FlatFileItemWriter}. */
export interface FlatFileItemWriterOptions<T> {
  /** The file: a path, relative to the working directory, or a `file:` URL. Its directory must be there. */
  readonly resource: string | URL
  /** The columns, and what they are filled from. */
  readonly columns: FlatFileWriterColumns<T>
  /** The first line: `true` names the columns; or a text without its line end, or a function that gives it. Default none. */
  readonly header?: boolean | string | (() => string)
  /** The last line, as a text without its line end or a function of the number of items that were written. Default none. */
  readonly footer?: string | ((items: number) => string)
  /** What stands between fields. Default `','`. */
  readonly delimiter?: string
  /** The character that fields which need it stand in. Default `'"'`; `false`: a field that needs it is an error. */
  readonly quote?: string | false
  /** `'needed'`, the default: fields with delimiters, quotes or line breaks, and empty texts; `'all'`: all but `null`. */
  readonly quoting?: 'needed' | 'all'
  /** What ends a line. Default `'\n'`. */
  readonly lineEnd?: '\n' | '\r\n'
  /** Puts `'` before texts that a spreadsheet would run as a formula: those that begin with = + - @ or a tab. Default false. */
  readonly escapeFormulas?: boolean
  /** Default `'utf-8'`. A character that `'latin1'` does not have is an error. */
  readonly encoding?: OutputEncoding
  /** Begins the file with the mark that tells its encoding. Not for `'latin1'`. Default false. */
  readonly byteOrderMark?: boolean
  /** `'gzip'` packs each chunk. Default `'gzip'` for a path that ends in `.gz`, else `'none'`. */
  readonly compression?: Compression
  /** Writes behind what the file has, with a header only if that is nothing. Default false: it is overwritten. */
  readonly append?: boolean
  /**
   * Writes `name.part`, and renames it when all was written: others see the whole file or none. Not together with
   * `append`. Default false.
   */
  readonly atomic?: boolean
  /** A chunk commits only when its bytes are on the disk, which then also holds when the power fails. Default false. */
  readonly forceSync?: boolean
}

const OWNER = 'FlatFileItemWriter'
const OPTIONS = ['resource', 'columns', 'header', 'footer', 'delimiter', 'quote', 'quoting', 'lineEnd'].concat([
  'escapeFormulas',
  'encoding',
  'byteOrderMark',
  'compression',
  'append',
  'atomic',
  'forceSync',
])

/**
 * Writes items as lines of a file, delimited (RFC 4180) or of fixed length. `null` and `undefined` are empty fields, an
 * empty text stands in quotes; a reader with nullable columns tells them apart.
 *
 * A chunk is one write behind the last one. A rolled-back chunk is cut off; a restart opens the file at its last
 * committed byte and cuts off what stands behind it, so that after any crash it holds exactly the committed records, and
 * header and footer once. Until then a crash may leave records at the end of the file that are not committed: where
 * others read it meanwhile, use `atomic`. Throws `FileChangedError` when the file has lost what was committed.
 *
 * Throws `FlatFileValueError` for a value that has no text or does not fit, and `FileAccessError` when the file cannot be
 * written. One file has one writer: in a step that may run twice at once, give `stepScope(() => new …)`.
 *
 * @example
 * ```ts
 * import { FlatFileItemWriter } from 'chunkwise/file'
 *
 * interface User {
 *   readonly id: number
 *   readonly born: Date
 * }
 * export const writer = new FlatFileItemWriter<User>({
 *   resource: 'outgoing/users.csv',
 *   columns: { id: 'id', year: (user) => user.born.getUTCFullYear() },
 *   header: true,
 *   atomic: true,
 * })
 * ```
 *
 * @throws InvalidOptionError
 */
export class FlatFileItemWriter<T> implements ItemWriter<T>, ItemStream {
  readonly #options: FlatFileItemWriterOptions<T>
  readonly #output: OutputOptions
  readonly #records: RecordWriter<T>
  readonly #encoding: OutputEncoding
  readonly #compression: Compression
  #session: FileOutput | undefined
  /** Items that were written. */
  #count = 0
  #isComplete = false

  constructor(options: FlatFileItemWriterOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    const { quoting, lineEnd = '\n', escapeFormulas = false, encoding = 'utf-8', compression } = options
    const path = checkPath(check, 'resource', options.resource)
    const columns = checkOutputColumns<T>(check, options.columns)
    this.#options = options
    this.#output = checkOutput(check, options, path)
    this.#encoding = check.oneOf('encoding', encoding, OUTPUT_ENCODINGS)
    this.#compression = check.oneOf('compression', compression ?? compressionOf(path), ['gzip', 'none'])
    this.#records = new RecordWriter({
      owner: OWNER,
      columns,
      ...checkMarks(check, options),
      quoteAll: quoting !== undefined && check.oneOf('quoting', quoting, ['needed', 'all']) === 'all',
      lineEnd: check.oneOf('lineEnd', lineEnd, ['\n', '\r\n']),
      escapeFormulas: check.boolean('escapeFormulas', escapeFormulas),
      unencodable: unencodable(encoding),
    })
    checkEnds(check, options, columns[0]?.fixed !== undefined)
  }

  async open(position: Json | undefined): Promise<void> {
    await this.close()
    const place = position === undefined ? undefined : outputPlaceOf(OWNER, position)
    this.#count = position === undefined ? 0 : countOf(OWNER, position, 'records')
    this.#isComplete = false
    // Without a record there is nothing to go on behind, but for what an appended file had before.
    const committed = this.#count > 0 || this.#output.append ? place : undefined
    const output = await FileOutput.open(this.#output, committed)
    this.#session = output
    // A file that was empty at the last position has no header to keep.
    const beginning = output.length === 0 ? this.#beginning() : ''
    if (beginning !== '') await output.append(await this.#encode(beginning))
  }

  async write(items: readonly T[]): Promise<void> {
    const output = this.#open()
    await output.append(await this.#encode(this.#records.lines(items)))
    this.#count += items.length
  }

  position(): Json {
    return { ...this.#open().place(), records: this.#count }
  }

  async returnTo(position: Json): Promise<void> {
    await this.#open().returnTo(outputPlaceOf(OWNER, position))
    this.#count = countOf(OWNER, position, 'records')
  }

  /** Writes the footer, and gives an atomic file its name. The position stays before the footer. */
  async complete(): Promise<void> {
    if (this.#isComplete) return
    const { footer, lineEnd = '\n' } = this.#options
    const line = typeof footer === 'function' ? footer(this.#count) : footer
    const end = line === undefined ? '' : this.#line('footer', line) + lineEnd
    const output = this.#open()
    // A file without a byte would be no gzip file.
    const isNothing = end === '' && output.length > 0
    await output.complete(isNothing ? Buffer.alloc(0) : await this.#encode(end))
    this.#isComplete = true
  }

  async close(): Promise<void> {
    const output = this.#session
    this.#session = undefined
    await output?.close()
  }

  #open(): FileOutput {
    if (this.#session === undefined) throw new NotOpenError(OWNER)
    return this.#session
  }

  #beginning(): string {
    const { byteOrderMark, header, lineEnd = '\n' } = this.#options
    const mark = byteOrderMark === true ? '\ufeff' : ''
    if (header === true) return mark + this.#records.header()
    const line = typeof header === 'function' ? header() : header
    return typeof line === 'string' ? mark + this.#line('header', line) + lineEnd : mark
  }

  #line(option: 'header' | 'footer', line: string): string {
    if (!unencodable(this.#encoding).test(line)) return line
    throw new FlatFileValueError(OWNER, option, line, 'the encoding does not have all of its characters')
  }

  #encode(text: string): Buffer | Promise<Buffer> {
    return encodeText(text, this.#encoding, this.#compression)
  }
}

function checkOutput<T>(check: OptionCheck, options: FlatFileItemWriterOptions<T>, path: string): OutputOptions {
  const { append = false, atomic = false, forceSync = false } = options
  check.boolean('append', append)
  check.boolean('atomic', atomic)
  check.boolean('forceSync', forceSync)
  if (append && atomic) check.fail('append', append, 'left out together with `atomic`')
  return { owner: OWNER, path, append, atomic, forceSync }
}

function checkEnds<T>(check: OptionCheck, options: FlatFileItemWriterOptions<T>, isFixed: boolean): void {
  const { header, footer, byteOrderMark, encoding, delimiter, quote } = options
  if (header !== undefined && !['boolean', 'string', 'function'].includes(typeof header)) {
    check.fail('header', header, 'true, a line, or a function that gives it')
  }
  if (footer !== undefined && typeof footer !== 'string' && typeof footer !== 'function') {
    check.fail('footer', footer, 'a line, or a function that gives it')
  }
  if (byteOrderMark !== undefined && check.boolean('byteOrderMark', byteOrderMark) && encoding === 'latin1') {
    check.fail('byteOrderMark', byteOrderMark, 'left out for latin1')
  }
  if (!isFixed) return
  if (header === true) check.fail('header', header, 'a text for columns of fixed length')
  if (delimiter !== undefined) check.fail('delimiter', delimiter, 'left out for columns of fixed length')
  if (quote !== undefined) check.fail('quote', quote, 'left out for columns of fixed length')
}
