import { OptionCheck } from '../../domain/check-option.js'
import type { InputExtent } from '../../domain/progress.js'
import { type Naming, NAMINGS, propertyName } from '../../sql/naming.js'
import type { Json } from '../../support/json.js'
import { Mutex } from '../../support/mutex.js'
import type { ReadContext } from '../item-context.js'
import type { ItemReader } from '../item-reader.js'
import type { ItemStream } from '../item-stream.js'
import { NotOpenError } from '../not-open-error.js'
import { checkEncoding, type Encoding, UTF_8 } from './encodings.js'
import { mapFields } from './field-mapper.js'
import { type CheckedResource, checkResource, type FileResourceOptions, RESOURCE_OPTIONS } from './file-resource.js'
import { FileSource } from './file-source.js'
import {
  type CheckedColumn,
  checkFlatFileColumns,
  type FlatFileColumns,
  type FlatFileItem,
} from './flat-file-columns.js'
import { checkFormat, type FlatFileFormat, FORMAT_OPTIONS } from './flat-file-format.js'
import { FlatFileParseError } from './flat-file-errors.js'
import { FlatFileRecords } from './flat-file-records.js'
import type { RecordParser } from './record-parser.js'
import { TextSource } from './text-source.js'

/** Options of a {@link FlatFileItemReader}. */
export interface FlatFileItemReaderOptions<C = undefined> extends FileResourceOptions, FlatFileFormat {
  /**
   * The properties of the items: a list of names, which are strings, or a map of names and types. Without a header they
   * are the fields in their order, all of them; with one they are found by name, and others are left out. Where columns
   * have `from` and `to`, or `width`, the lines are of fixed length.
   */
  readonly columns?: C
  /** The first record names the columns. Default false: `columns` does. */
  readonly header?: boolean
  /** Without `columns`: the column `user_name` becomes the property `userName`. By default names stay. */
  readonly naming?: Naming
  /** Lines to leave out at the beginning, before the header. Default 0. */
  readonly skipLines?: number
  /** Is told each of them, without its line break, and its number, from 1; at each opening, so also at a restart. */
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

interface Session {
  readonly source: FileSource
  readonly records: FlatFileRecords
  readonly turns: Mutex
  underWay: number
  /** What reading failed with: what follows cannot be read either. */
  failure: unknown
}

/**
 * Reads a delimited file (RFC 4180, with any delimiter) or one of fixed length as objects. Blank lines are no records.
 *
 * It restarts at the byte behind the last committed record: at once in a plain file; a gzip file or a stream is read
 * again up to there. A file that has changed before that byte, or has become shorter, is refused with `FileChangedError`.
 *
 * Throws `FlatFileParseError` for a record that cannot be read, which can be skipped: it goes on with the next record.
 * Where the quotes are wrong, so that the end of the record cannot be known, that is the next line. Throws
 * `FileAccessError` when the file cannot be opened or read.
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
export class FlatFileItemReader<const C extends FlatFileColumns | readonly string[] | undefined = undefined>
  implements ItemReader<FlatFileItem<C>>, ItemStream
{
  readonly #options: FlatFileItemReaderOptions<C>
  readonly #resource: CheckedResource
  readonly #columns: readonly CheckedColumn[] | undefined
  readonly #makeParser: () => RecordParser
  readonly #maxRecordBytes: number
  readonly #encoding: Encoding | undefined
  #session: Session | undefined
  #size: number | undefined

  constructor(options: FlatFileItemReaderOptions<C>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    const { columns, encoding, maxRecordBytes = 1024 * 1024 } = options
    this.#options = options
    this.#resource = checkResource(check, options)
    this.#columns = columns === undefined ? undefined : checkFlatFileColumns(check, columns)
    this.#makeParser = checkFormat(check, options, this.#columns)
    this.#maxRecordBytes = check.integer('maxRecordBytes', maxRecordBytes, 1)
    this.#encoding = encoding === undefined ? undefined : checkEncoding(check, encoding)
    checkBeginning(check, options, this.#columns)
    if (options.recordSeparator !== undefined && isByLine(this.#encoding)) {
      check.fail('recordSeparator', options.recordSeparator, `left out for the encoding ${this.#encoding?.name}`)
    }
  }

  async open(position: Json | undefined, context: ReadContext): Promise<void> {
    await this.close()
    const { signal } = context
    const source = await FileSource.open(OWNER, this.#resource)
    this.#size = source.size
    try {
      const text = new TextSource(source, this.#encoding, UTF_8)
      await text.begin(signal)
      const records = this.#records(text)
      await this.#begin(records)
      if (position !== undefined) await records.resume(position, signal)
      this.#session = { source, records, turns: new Mutex(), underWay: 0, failure: undefined }
    } catch (error) {
      await source.close()
      throw error
    }
  }

  read(context: ReadContext): FlatFileItem<C> | null | Promise<FlatFileItem<C> | null> {
    const items = this.readChunk(1, context)
    return items instanceof Promise ? items.then(firstOf) : firstOf(items)
  }

  readChunk(size: number, { signal }: ReadContext): readonly FlatFileItem<C>[] | Promise<readonly FlatFileItem<C>[]> {
    const session = this.#open()
    const items: FlatFileItem<C>[] = []
    if (session.underWay === 0 && session.failure === undefined && session.records.take(size, items)) return items
    return this.#inTurn(session, size, items, signal)
  }

  /** How many bytes of the file are done; of a plain file only. */
  extentAt(position: Json | undefined): InputExtent | undefined {
    if (this.#size === undefined) return undefined
    const { offset = 0 } = (position ?? {}) as { readonly offset?: number }
    return { done: offset, total: this.#size, unit: 'bytes' }
  }

  position(): Json {
    return this.#open().records.position()
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.source.close()
  }

  #open(): Session {
    if (this.#session === undefined) throw new NotOpenError(OWNER)
    return this.#session
  }

  #records(text: TextSource): FlatFileRecords {
    return new FlatFileRecords({
      owner: OWNER,
      file: this.#resource.name,
      text,
      parser: this.#makeParser(),
      maxRecordBytes: this.#maxRecordBytes,
      byLine: this.#options.recordSeparator === undefined,
    })
  }

  /** Reads what stands before the records. */
  async #begin(records: FlatFileRecords): Promise<void> {
    const { header, naming, skipLines = 0, onSkippedLine, columnCount } = this.#options
    await records.skipLines(skipLines, onSkippedLine)
    const names = header === true ? ((await records.header()) ?? []) : undefined
    // An empty file has no header, and no records that would need one.
    const given = names?.length === 0 ? (this.#columns ?? []).map((column) => column.header) : names
    records.map(() => mapFields(this.#columns, given, columnCount === 'lenient', (name) => propertyName(name, naming)))
  }

  async #inTurn<T>(session: Session, size: number, items: T[], signal: AbortSignal): Promise<T[]> {
    session.underWay++
    try {
      return await session.turns.run(async () => {
        if (this.#session !== session) throw new NotOpenError(OWNER)
        if (session.failure !== undefined) throw session.failure as Error
        return fill(session, size, items, signal)
      })
    } finally {
      session.underWay--
    }
  }
}

/** Adds items as they come; an error comes when there are none before it. */
async function fill<T>(session: Session, size: number, items: T[], signal: AbortSignal): Promise<T[]> {
  try {
    while (!session.records.take(size, items)) await session.records.more(signal)
  } catch (error) {
    if (!signal.aborted && !(error instanceof FlatFileParseError)) session.failure = error
    if (items.length === 0) throw error
  }
  return items
}

function checkBeginning(
  check: OptionCheck,
  { header, naming, skipLines, onSkippedLine, columns }: FlatFileItemReaderOptions<unknown>,
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

function firstOf<T>(items: readonly T[]): T | null {
  return items.length === 0 ? null : (items[0] as T)
}
