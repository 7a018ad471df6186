import { OptionCheck } from '../../domain/check-option.js'
import type { Json } from '../../support/json.js'
import type { ItemSchema } from '../validating-item-processor.js'
import { checkResource, type FileResourceOptions, RESOURCE_OPTIONS } from './file-resource.js'
import type { FileSource } from './file-source.js'
import { JsonElements } from './json-elements.js'
import { type JsonItemMaker, jsonItemMaker } from './json-item.js'
import { loadJsonLibrary } from './json-outline.js'
import { type RecordFeed, RecordItemReader } from './record-item-reader.js'

/** Options of a {@link JsonItemReader}. */
export interface JsonItemReaderOptions<T> extends FileResourceOptions {
  /**
   * The names that lead to the array: `'data.items'`, or `['data', 'items']` where a name has a dot. An array on the way
   * cannot be gone through. Default: the document is the array.
   */
  readonly path?: string | readonly string[]
  /**
   * Checks each element, and makes the item of it: of Zod, Valibot, ArkType and others. It must answer at once. Default
   * none: the elements are what the type says.
   */
  readonly schema?: ItemSchema<unknown, T>
  /** The most bytes of an element. A longer one is an error, and takes no more memory. Default 1 MiB. */
  readonly maxRecordBytes?: number
}

const OWNER = 'JsonItemReader'

/**
 * Reads the elements of one large array of a JSON file, in UTF-8, however large it is. Needs the package
 * `@streamparser/json`. Numbers are those of JavaScript: whole ones are exact up to 2^53.
 *
 * It restarts at the byte behind the last committed element: at once in a plain file; a gzip file or a stream is read again
 * up to there. A file that ends before that byte, or has changed there, is refused with `FileChangedError`.
 *
 * Throws `FileRecordError` for an element that is no item, which can be skipped: the next one is read. Throws
 * `FileDocumentError`, which is not to be skipped, where what is around the elements is no JSON, the file ends in the middle,
 * there is no array at the path, or something around it is nested deeper than 1000. A bracket or quote that is missing in an
 * element takes all the rest with it. Throws `FileAccessError` when the file cannot be opened or read, and
 * `MissingPackageError`.
 *
 * @example
 * ```ts
 * import { JsonItemReader } from 'chunkwise/file'
 *
 * interface User {
 *   readonly id: number
 * }
 * export const reader = () => new JsonItemReader<User>({ resource: 'incoming/users.json', path: 'data.users' })
 * ```
 *
 * @throws InvalidOptionError
 */
export class JsonItemReader<T> extends RecordItemReader<T> {
  readonly #path: readonly string[]
  readonly #maxRecordBytes: number
  readonly #toItem: JsonItemMaker

  constructor(options: JsonItemReaderOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['path', 'schema', 'maxRecordBytes', ...RESOURCE_OPTIONS])
    super(OWNER, checkResource(check, options))
    this.#path = options.path === undefined ? [] : checkPath(check, options.path)
    this.#maxRecordBytes = check.integer('maxRecordBytes', options.maxRecordBytes ?? 1024 * 1024, 1)
    this.#toItem = jsonItemMaker(check, options.schema)
  }

  protected override async openFeed(
    source: FileSource,
    position: Json | undefined,
    signal: AbortSignal,
  ): Promise<RecordFeed<T>> {
    const library = await loadJsonLibrary(OWNER)
    const elements = new JsonElements<T>({
      owner: OWNER,
      source,
      library,
      path: this.#path,
      toItem: this.#toItem,
      maxRecordBytes: this.#maxRecordBytes,
    })
    await elements.begin(position, signal)
    return elements
  }
}

function checkPath(check: OptionCheck, path: string | readonly string[]): readonly string[] {
  const names: unknown = typeof path === 'string' ? path.split('.') : path
  const expected = "names with dots between them, such as 'data.items', or an array of names"
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) return check.fail('path', path, expected)
  if (typeof path === 'string' && names.includes('')) check.fail('path', path, expected)
  return names as readonly string[]
}
