import type { OptionCheck } from '../../domain/check-option.js'
import { DelimitedParser } from './delimited-parser.js'
import { FixedLengthParser } from './fixed-length-parser.js'
import type { CheckedColumn } from './flat-file-columns.js'
import type { RecordParser } from './record-parser.js'

/** What separates the fields and records of a flat file that is read. */
export interface FlatFileFormat {
  /** What stands between fields, of any length. Default `','`. Not for columns of fixed length. */
  readonly delimiter?: string
  /** The character that fields with delimiters or line breaks stand in. Default `'"'`; `false`: quotes mean nothing. */
  readonly quote?: string | false
  /** Lines that begin with it are no records. Default: none. */
  readonly comment?: string
  /**
   * What ends a record. By default any line break: `\n`, `\r\n` or `\r`, mixed as they come. Line breaks mean nothing
   * where it is given, so a record that ends with a semicolon at the end of a line has `';\n'`.
   */
  readonly recordSeparator?: string
  /**
   * `'strict'`, the default: a record with fewer or more fields than there are columns is an error; for fixed length, one
   * with fewer or more characters. `'lenient'`: what is missing is empty, what is too much is left out.
   */
  readonly columnCount?: 'strict' | 'lenient'
  /**
   * `'required'`: a last record without a line break (or `recordSeparator`) behind it is a `FileTruncatedError`, since the
   * file may have been cut off in it. `'optional'`, the default: such a record is as good as any other.
   */
  readonly lastLineBreak?: 'required' | 'optional'
}

/** The names of {@link FlatFileFormat}. */
export const FORMAT_OPTIONS: readonly string[] = [
  'delimiter',
  'quote',
  'comment',
  'recordSeparator',
  'columnCount',
  'lastLineBreak',
]

const LINE_BREAK = /[\n\r]/

/** Checks the format, and returns what makes a parser of it. */
export function checkFormat(
  check: OptionCheck,
  options: FlatFileFormat,
  columns: readonly CheckedColumn[] | undefined,
): () => RecordParser {
  const { delimiter, quote, comment, recordSeparator: separator, columnCount } = options
  if (comment !== undefined) check.text('comment', comment)
  if (separator !== undefined) check.text('recordSeparator', separator)
  if (columnCount !== undefined) check.oneOf('columnCount', columnCount, ['strict', 'lenient'])
  const ranges = (columns ?? []).flatMap(({ range }) => range ?? [])
  if (ranges.length > 0) {
    if (delimiter !== undefined) check.fail('delimiter', delimiter, 'left out for columns of fixed length')
    if (quote !== undefined) check.fail('quote', quote, 'left out for columns of fixed length')
    return () => new FixedLengthParser({ ranges, lenient: columnCount === 'lenient', comment, separator })
  }
  const marks = checkMarks(check, options)
  return () => new DelimitedParser({ ...marks, comment, separator })
}

/** Checks `lastLineBreak`, and returns what says whether the last record of a file has its end. */
export function checkLastLineBreak(
  check: OptionCheck,
  { lastLineBreak = 'optional', recordSeparator: separator }: Pick<FlatFileFormat, 'lastLineBreak' | 'recordSeparator'>,
): ((text: string) => boolean) | undefined {
  if (check.oneOf('lastLineBreak', lastLineBreak, ['required', 'optional']) === 'optional') return undefined
  if (separator === undefined) return (text) => text === '' || LINE_BREAK.test(text.slice(-1))
  return (text) => {
    const last = text.lastIndexOf(separator)
    return (last < 0 ? text : text.slice(last + separator.length)).trim() === ''
  }
}

/** Checks delimiter and quote, which reader and writer have alike. */
export function checkMarks(
  check: OptionCheck,
  { delimiter = ',', quote }: Pick<FlatFileFormat, 'delimiter' | 'quote'>,
): { readonly delimiter: string; readonly quote: string | undefined } {
  const mark = quote === false ? undefined : check.text('quote', quote ?? '"', 1, 1)
  if (mark !== undefined && LINE_BREAK.test(mark)) check.fail('quote', mark, 'no line break')
  check.text('delimiter', delimiter)
  if (LINE_BREAK.test(delimiter) || (mark !== undefined && delimiter.includes(mark))) {
    check.fail('delimiter', delimiter, 'without line breaks and quotes')
  }
  return { delimiter, quote: mark }
}
