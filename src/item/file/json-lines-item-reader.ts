import { OptionCheck } from '../../domain/check-option.js'
import type { Json } from '../../support/json.js'
import type { ItemSchema } from '../validating-item-processor.js'
import { UTF_8 } from './encodings.js'
import { checkResource, type FileResourceOptions, RESOURCE_OPTIONS } from './file-resource.js'
import type { FileSource } from './file-source.js'
import { checkLastLineBreak } from './flat-file-format.js'
import { FlatFileRecords, type RecordMapper } from './flat-file-records.js'
import { type JsonItemMaker, jsonItemMaker } from './json-item.js'
import { JsonLineParser } from './json-line-parser.js'
import { FileRecordError } from './record-errors.js'
import { type RecordFeed, RecordItemReader } from './record-item-reader.js'
import { BadRecord } from './record-parser.js'
import { TextSource } from './text-source.js'

/** Options of a {@link JsonLinesItemReader}. */
export interface JsonLinesItemReaderOptions<T> extends FileResourceOptions {
  /**
   * Checks each value, and makes the item of it: of Zod, Valibot, ArkType and others. It must answer at once. Default
   * none: the values are what the type says.
   */
  readonly schema?: ItemSchema<unknown, T>
  /** `'required'`: a file whose last line has no line break was cut off, `FileTruncatedError`. Default `'optional'`. */
  readonly lastLineBreak?: 'required' | 'optional'
  /** The most bytes of a line. A longer one is an error, and takes no more memory. Default 1 MiB. */
  readonly maxRecordBytes?: number
}

const OWNER = 'JsonLinesItemReader'

/**
 * Reads a file with one JSON value a line (NDJSON), in UTF-8. Blank lines are no records. Numbers are those of JavaScript:
 * whole ones are exact up to 2^53.
 *
 * It restarts at the byte behind the last committed line: at once in a plain file; a gzip file or a stream is read again up
 * to there. A file that ends before that byte, or has changed there, is refused with `FileChangedError`.
 *
 * Throws `FileRecordError` for a line that is no item, a last one that is cut short included; it can be skipped, and the
 * next line is read. Throws `FileAccessError` when the file cannot be opened or read.
 *
 * @example
 * ```ts
 * import { JsonLinesItemReader } from 'chunkwise/file'
 *
 * interface User {
 *   readonly id: number
 * }
 * export const reader = () => new JsonLinesItemReader<User>({ resource: 'incoming/users.ndjson.gz' })
 * ```
 *
 * @throws InvalidOptionError
 */
export class JsonLinesItemReader<T> extends RecordItemReader<T> {
  readonly #maxRecordBytes: number
  readonly #isWhole: ((text: string) => boolean) | undefined
  readonly #toItem: JsonItemMaker

  constructor(options: JsonLinesItemReaderOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['schema', 'lastLineBreak', 'maxRecordBytes', ...RESOURCE_OPTIONS])
    super(OWNER, checkResource(check, options))
    this.#maxRecordBytes = check.integer('maxRecordBytes', options.maxRecordBytes ?? 1024 * 1024, 1)
    this.#isWhole = checkLastLineBreak(check, options)
    this.#toItem = jsonItemMaker(check, options.schema)
  }

  protected override async openFeed(
    source: FileSource,
    position: Json | undefined,
    signal: AbortSignal,
  ): Promise<RecordFeed<T>> {
    const text = new TextSource(source, undefined, UTF_8)
    await text.begin(signal)
    const records = new FlatFileRecords<T>({
      owner: OWNER,
      file: source.name,
      text,
      parser: new JsonLineParser(),
      maxRecordBytes: this.#maxRecordBytes,
      byLine: true,
      isWhole: this.#isWhole,
      error: (problem, reason, options) => new FileRecordError(OWNER, problem, reason, options),
    })
    records.map(() => mapperOf(this.#toItem))
    if (position !== undefined) await records.resume(position, signal)
    return records
  }
}

function mapperOf(toItem: JsonItemMaker): RecordMapper {
  let start = 0
  const fail = ({ reason, at, cause }: Parameters<Parameters<JsonItemMaker>[1]>[0]): never => {
    throw new BadRecord(reason, start + at, undefined, cause)
  }
  return {
    item: ({ fields, starts }) => {
      start = starts[0] as number
      return toItem(fields[0] as string, fail)
    },
  }
}
