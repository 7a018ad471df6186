import { OptionCheck } from '../../domain/check-option.js'
import { type Naming, NAMINGS, propertyName } from '../../sql/naming.js'
import type { Json } from '../../support/json.js'
import { checkEncoding, type Encoding, UTF_8 } from './encodings.js'
import { FieldMapper, mapFields } from './field-mapper.js'
import { checkResource, type FileResourceOptions, RESOURCE_OPTIONS } from './file-resource.js'
import type { FileSource } from './file-source.js'
import {
  type CheckedColumn,
  checkFlatFileColumns,
  type FlatFileColumns,
  type FlatFileItem,
} from './flat-file-columns.js'
import { checkFormat, checkLastLineBreak, type FlatFileFormat, FORMAT_OPTIONS } from './flat-file-format.js'
import { FlatFileParseError } from './flat-file-errors.js'
import { FlatFileRecords } from './flat-file-records.js'
import { type RecordFeed, RecordItemReader } from './record-item-reader.js'
import type { RecordParser } from './record-parser.js'
import { TextSource } from './text-source.js'

type Columns = FlatFileColumns | readonly string[] | undefined

/** Options of a {@link FlatFileItemReader}. */
export interface FlatFileItemReaderOptions<C extends Columns = undefined> extends FileResourceOptions, FlatFileFormat {
  /**
   * The properties of the items: a list of names, which are strings, or a map of names and types. Without a header they
   * are the fields in their order, all of them; with one they are found by name, and others are left out. Where columns
   * have `from` and `to`, or `width`, the lines are of fixed length. Default: those that the header names, as strings.
   */
  readonly columns?: C
  /** The first record names the columns. Default false: `columns` does. */
  readonly header?: boolean
  /** `'camelCase'`, without `columns`: the column `user_name` becomes the property `userName`. By default names stay. */
  readonly naming?: Naming
  /** Lines to leave out at the beginning, before the header. Default 0. */
  readonly skipLines?: number
  /**
   * Is told each of them, without its line break, and its number, from 1; at each opening, so also at a restart. Default:
   * nobody is.
   */
  readonly onSkippedLine?: (line: string, number: number) => void
  /** The most bytes of a record. A longer one is an error, and takes no more memory. Default 1 MiB. */
  readonly maxRecordBytes?: number
  /**
   * The label of an encoding, as TextDecoder has it. Default `'utf-8'`, unless the first bytes say UTF-16. Bytes that the
   * encoding does not have are an error of their record. Not those encodings in which bytes change their meaning, such as
   * ISO-2022-JP.
   */
  readonly encoding?: string
}

const OWNER = 'FlatFileItemReader'
const OPTIONS = [
  ...['columns', 'header', 'naming', 'skipLines', 'onSkippedLine', 'maxRecordBytes', 'encoding'],
  ...RESOURCE_OPTIONS,
  ...FORMAT_OPTIONS,
]

/**
 * Reads a delimited file (RFC 4180, with any delimiter) or one of fixed length as objects. Blank lines are no records.
 *
 * It restarts at the byte behind the last committed record: at once in a plain file; a gzip file or a stream is read
 * again up to there. What stands behind that byte may have been corrected; a file that has changed before it, or ends
 * before it, is refused with `FileChangedError`.
 *
 * Throws `FlatFileParseError` for a record that cannot be read, which can be skipped: it goes on with the next record.
 * Where the quotes are wrong, so that the end of the record cannot be known, that is the next line. Throws
 * `FileAccessError` when the file cannot be opened or read, and `FileTruncatedError`, where `lastLineBreak` asks for it, when
 * it breaks off in its last record.
 *
 * @example
 * ```ts
 * import { FlatFileItemReader } from 'chunkwise/file'
 *
 * // Its items are { id: number, born: Date, amount: string | null }.
 * export const reader = () =>
 *   new FlatFileItemReader({
 *     resource: 'incoming/users.csv.gz',
 *     header: true,
 *     columns: { id: 'long', born: 'date', amount: { type: 'decimal', nullable: true } },
 *   })
 * ```
 *
 * @throws InvalidOptionError
 */
export class FlatFileItemReader<const C extends Columns = undefined> extends RecordItemReader<FlatFileItem<C>> {
  readonly #options: FlatFileItemReaderOptions<C>
  readonly #columns: readonly CheckedColumn[] | undefined
  readonly #makeParser: () => RecordParser
  readonly #isWhole: ((text: string) => boolean) | undefined
  readonly #maxRecordBytes: number
  readonly #encoding: Encoding | undefined

  constructor(options: FlatFileItemReaderOptions<C>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    const { columns, encoding, maxRecordBytes = 1024 * 1024 } = options
    super(OWNER, checkResource(check, options))
    this.#options = options
    this.#columns = columns === undefined ? undefined : checkFlatFileColumns(check, columns)
    this.#makeParser = checkFormat(check, options, this.#columns)
    this.#isWhole = checkLastLineBreak(check, options)
    this.#maxRecordBytes = check.integer('maxRecordBytes', maxRecordBytes, 1)
    this.#encoding = encoding === undefined ? undefined : checkEncoding(check, encoding)
    checkBeginning(check, options, this.#columns)
    if (options.recordSeparator !== undefined && isByLine(this.#encoding)) {
      check.fail('recordSeparator', options.recordSeparator, `left out for the encoding ${this.#encoding?.name}`)
    }
  }

  protected override async openFeed(
    source: FileSource,
    position: Json | undefined,
    signal: AbortSignal,
  ): Promise<RecordFeed<FlatFileItem<C>>> {
    const text = new TextSource(source, this.#encoding, UTF_8)
    await text.begin(signal)
    const records = this.#records(source.name, text)
    await this.#begin(records)
    if (position !== undefined) await records.resume(position, signal)
    return records
  }

  #records(file: string, text: TextSource): FlatFileRecords<FlatFileItem<C>> {
    return new FlatFileRecords({
      owner: OWNER,
      file,
      text,
      parser: this.#makeParser(),
      maxRecordBytes: this.#maxRecordBytes,
      byLine: this.#options.recordSeparator === undefined,
      isWhole: this.#isWhole,
      error: (problem, reason, options) => new FlatFileParseError(OWNER, problem, reason, options),
    })
  }

  /** Reads what stands before the records. */
  async #begin(records: FlatFileRecords<FlatFileItem<C>>): Promise<void> {
    const { header, naming, skipLines = 0, onSkippedLine, columnCount } = this.#options
    await records.skipLines(skipLines, onSkippedLine)
    const names = header === true ? ((await records.header()) ?? []) : undefined
    // An empty file has no header, and no records that would need one.
    const given = names?.length === 0 ? (this.#columns ?? []).map((column) => column.header) : names
    records.map(() => {
      const toName = (name: string): string => propertyName(name, naming)
      return new FieldMapper(mapFields(this.#columns, given, columnCount === 'lenient', toName))
    })
  }
}

function checkBeginning(
  check: OptionCheck,
  { header, naming, skipLines, onSkippedLine, columns }: FlatFileItemReaderOptions<Columns>,
  checked: readonly CheckedColumn[] | undefined,
): void {
  if (header !== undefined) check.boolean('header', header)
  if (columns === undefined && header !== true) check.fail('columns', columns, 'given where there is no header')
  if (header === true && checked?.[0]?.range !== undefined) {
    check.fail('header', header, 'left out for columns of fixed length: leave the line out with `skipLines`')
  }
  if (naming !== undefined) {
    check.oneOf('naming', naming, NAMINGS)
    if (columns !== undefined) check.fail('naming', naming, 'left out with `columns`')
  }
  if (skipLines !== undefined) check.integer('skipLines', skipLines, 0)
  if (onSkippedLine !== undefined && typeof onSkippedLine !== 'function') {
    check.fail('onSkippedLine', onSkippedLine, 'a function')
  }
}

/** Whether the bytes of a place are known at the beginning of lines only. */
function isByLine(encoding: Encoding | undefined): boolean {
  return encoding !== undefined && encoding.unit === undefined && encoding.name !== 'utf-8'
}
