import { OptionCheck } from '../../domain/check-option.js'
import { FlatFileValueError } from './flat-file-errors.js'
import { checkMarks } from './flat-file-format.js'
import { checkOutputColumns, type FlatFileWriterColumns } from './flat-file-writer-columns.js'
import { RecordWriter } from './record-writer.js'
import { OUTPUT_ENCODINGS, type OutputEncoding, unencodable } from './text-encoder.js'
import { checkTextOutput, FILE_OUTPUT_OPTIONS, type FileOutputOptions, TextItemWriter } from './text-item-writer.js'

/** Options of a {@link FlatFileItemWriter}. */
export interface FlatFileItemWriterOptions<T> extends FileOutputOptions {
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
  /** Writes behind what the file has, with a header only if that is nothing. Not together with `atomic`. Default false. */
  readonly append?: boolean
}

const OWNER = 'FlatFileItemWriter'
const OPTIONS = ['columns', 'header', 'footer', 'delimiter', 'quote', 'quoting', 'lineEnd', 'escapeFormulas'].concat(
  ['encoding', 'byteOrderMark', 'append'],
  FILE_OUTPUT_OPTIONS,
)

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
export class FlatFileItemWriter<T> extends TextItemWriter<T> {
  readonly #options: FlatFileItemWriterOptions<T>
  readonly #records: RecordWriter<T>
  readonly #encoding: OutputEncoding

  constructor(options: FlatFileItemWriterOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    const { quoting, lineEnd = '\n', escapeFormulas = false, encoding = 'utf-8' } = options
    check.oneOf('encoding', encoding, OUTPUT_ENCODINGS)
    super(checkTextOutput(check, OWNER, options, encoding))
    const columns = checkOutputColumns<T>(check, options.columns)
    this.#options = options
    this.#encoding = encoding
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

  protected override records(items: readonly T[]): string {
    return this.#records.lines(items)
  }

  protected override ending(count: number): string {
    const { footer, lineEnd = '\n' } = this.#options
    const line = typeof footer === 'function' ? footer(count) : footer
    return line === undefined ? '' : this.#line('footer', line) + lineEnd
  }

  protected override beginning(): string {
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
