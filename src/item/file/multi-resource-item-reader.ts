import { OptionCheck } from '../../domain/check-option.js'
import type { StepContext } from '../../domain/step-context.js'
import type { Json } from '../../support/json.js'
import { Mutex } from '../../support/mutex.js'
import { CompositeItemReader } from '../composite-item-reader.js'
import type { ReadContext } from '../item-context.js'
import { PositionError } from '../item-errors.js'
import type { ItemReader } from '../item-reader.js'
import type { ItemStream } from '../item-stream.js'
import { NotOpenError } from '../not-open-error.js'
import { checkPath } from './file-resource.js'
import { fingerprint } from './fingerprint.js'
import { NoResourceError, ResourcesChangedError } from './resource-errors.js'
import { findResources, globSegments, type Resource } from './resource-list.js'

/** Options of a {@link MultiResourceItemReader}: `resources`, or `root` and `pattern`. */
export interface MultiResourceItemReaderOptions<T, R = T> {
  /**
   * The files, in the order in which they are read: paths, relative to the working directory, or `file:` URLs. Default:
   * those that are found below `root`.
   */
  readonly resources?: readonly (string | URL)[]
  /**
   * The directory in which files are looked for. A link that leads out of it is an error. Default: none is looked into, and
   * `resources` are read.
   */
  readonly root?: string | URL
  /**
   * What the paths below `root` look like: `*` stands for any text in a name, `?` for one character, and `**` in the place
   * of a directory for any number of them. Default `'*'`: all files in it. They are read in the order of their paths, by code
   * unit. Links to directories are not followed.
   */
  readonly pattern?: string
  /** Makes the reader of a file. It is called when the one before has ended. */
  readonly reader: (resource: Resource) => ItemReader<T> & ItemStream
  /** Makes the item of one that was read and the file it comes from. What it throws is not to be skipped. Default: the item. */
  readonly map?: (item: T, resource: Resource) => R
  /** Whether it is an error that there is no file. Default true. */
  readonly strict?: boolean
}

interface Session<T> {
  readonly resources: readonly Resource[]
  /** `hashes[i]`: of the names up to that of `resources[i]`. */
  readonly hashes: readonly string[]
  readonly reader: CompositeItemReader<T>
  readonly turn: Mutex
  /** What `map` threw. */
  failure: unknown
}

const OWNER = 'MultiResourceItemReader'
const OPTIONS = ['resources', 'root', 'pattern', 'reader', 'map', 'strict']

/**
 * Reads several files, one after another, as one input. A chunk never has items of two files.
 *
 * It restarts inside of the file where it was, as that file's reader does. Files are looked for at each opening. Those up to
 * that one must be the same, by name and order: else it is refused with `ResourcesChangedError`. Those behind it may come and
 * go, and are read if they are there: a file that comes while the job waits for its restart is read with the others. So leave
 * files that were read in their place until the step has ended.
 *
 * Throws `NoResourceError` when there is no file, and `FileAccessError` when the root cannot be looked through.
 *
 * @example
 * ```ts
 * import { FlatFileItemReader, MultiResourceItemReader } from 'chunkwise/file'
 *
 * export const reader = () =>
 *   new MultiResourceItemReader({
 *     root: 'incoming',
 *     pattern: 'users-*.csv',
 *     reader: ({ path }) => new FlatFileItemReader({ resource: path, header: true, columns: { id: 'long' } }),
 *     map: (user, { name }) => ({ ...user, source: name }),
 *   })
 * ```
 *
 * @throws InvalidOptionError
 */
export class MultiResourceItemReader<T, R = T> implements ItemReader<R>, ItemStream {
  readonly #options: MultiResourceItemReaderOptions<T, R>
  readonly #find: () => Promise<readonly Resource[]>
  readonly #sought: string
  #session: Session<T> | undefined
  /** The file of the reader that was made last. */
  #current: Resource | undefined

  constructor(options: MultiResourceItemReaderOptions<T, R>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    const { resources, root, pattern, reader, map, strict } = options
    if ((resources === undefined) === (root === undefined)) check.fail('root', root, 'given, or `resources` instead')
    if (typeof reader !== 'function') check.fail('reader', reader, 'a function that makes the reader of a file')
    if (map !== undefined && typeof map !== 'function') check.fail('map', map, 'a function of an item and its file')
    if (strict !== undefined) check.boolean('strict', strict)
    this.#options = options
    if (resources === undefined) {
      const glob = checkGlob(check, options)
      this.#sought = `${glob.root}/${glob.segments.join('/')}`
      this.#find = () => findResources(OWNER, glob)
      return
    }
    const given = checkList(check, resources, pattern)
    this.#sought = 'an empty list'
    this.#find = async () => given
  }

  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    await this.close()
    const resources = await this.#find()
    if (resources.length === 0 && this.#options.strict !== false) throw new NoResourceError(OWNER, this.#sought)
    const hashes = hashesOf(resources)
    const inner = position === undefined ? undefined : innerPosition(position, resources, hashes)
    const factories = resources.map((resource) => () => {
      this.#current = resource
      return this.#options.reader(resource)
    })
    const reader = new CompositeItemReader<T>(factories.length === 0 ? [[]] : factories)
    this.#session = { resources, hashes, reader, turn: new Mutex(), failure: undefined }
    await reader.open(inner, context)
  }

  async read(context: ReadContext): Promise<R | null> {
    const [item] = await this.readChunk(1, context)
    return item ?? null
  }

  readChunk(size: number, context: ReadContext): Promise<readonly R[]> {
    const session = this.#open()
    return session.turn.run(async () => {
      if (session.failure !== undefined) throw session.failure as Error
      const items = await session.reader.readChunk(size, context)
      try {
        return this.#mapped(items)
      } catch (error) {
        // The items are read, and cannot be read again.
        session.failure = error
        throw error
      }
    })
  }

  position(): Json {
    const { reader, resources, hashes } = this.#open()
    const inner = reader.position() as { readonly index: number }
    const resource = resources[inner.index]
    return resource === undefined ? {} : { resource: resource.name, names: hashes[inner.index] as string, inner }
  }

  async complete(): Promise<void> {
    await this.#open().reader.complete()
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.reader.close()
  }

  #mapped(items: readonly T[]): readonly R[] {
    const { map } = this.#options
    const resource = this.#current
    if (map === undefined || resource === undefined) return items as readonly never[]
    return items.map((item) => map(item, resource))
  }

  #open(): Session<T> {
    if (this.#session === undefined) throw new NotOpenError(OWNER)
    return this.#session
  }
}

function innerPosition(position: Json, resources: readonly Resource[], hashes: readonly string[]): Json | undefined {
  const { resource, names, inner } = (position ?? {}) as Readonly<Record<string, Json | undefined>>
  // There was no file then.
  if (typeof position === 'object' && position !== null && Object.keys(position).length === 0) return undefined
  const index = (inner as { readonly index?: unknown } | null | undefined)?.index
  if (typeof resource !== 'string' || typeof names !== 'string' || typeof index !== 'number') {
    throw new PositionError(OWNER, position, 'it is not a place in one of several files')
  }
  if (hashes[index] === names) return inner
  const found = resources.find(({ name }) => name === resource)
  if (found === undefined) throw new ResourcesChangedError(OWNER, resource, 'it is not there any more')
  const reason = `it was file ${index + 1} and is file ${found.index + 1} now, or one before it has another name`
  throw new ResourcesChangedError(OWNER, resource, reason)
}

function hashesOf(resources: readonly Resource[]): readonly string[] {
  let before = ''
  return resources.map(({ name }) => (before = fingerprint(Buffer.from(`${before}\0${name}`))))
}

function checkGlob<T, R>(
  check: OptionCheck,
  { root, pattern = '*' }: MultiResourceItemReaderOptions<T, R>,
): { readonly root: string; readonly segments: readonly string[] } {
  const path = checkPath(check, 'root', root)
  const segments = globSegments(check.text('pattern', pattern))
  return segments === undefined
    ? check.fail('pattern', pattern, 'a path below the root, without `..`, that ends in a name')
    : { root: path, segments }
}

function checkList(
  check: OptionCheck,
  resources: readonly (string | URL)[],
  pattern: string | undefined,
): readonly Resource[] {
  if (!Array.isArray(resources)) check.fail('resources', resources, 'an array of paths')
  if (pattern !== undefined) check.fail('pattern', pattern, 'left out: `resources` are named')
  const seen = new Set<string>()
  return resources.map((resource: string | URL, index) => {
    const path = checkPath(check, `resources[${index}]`, resource)
    if (seen.has(path)) check.fail(`resources[${index}]`, path, 'a file that is not in the list yet')
    seen.add(path)
    return { path, name: path, index }
  })
}
