import type { OptionCheck } from '../../domain/check-option.js'
import type { Json } from '../../support/json.js'
import type { ItemStream } from '../item-stream.js'
import type { ItemWriter } from '../item-writer.js'
import { NotOpenError } from '../not-open-error.js'
import { FileOutput, type OutputOptions } from './file-output.js'
import { checkPath, type Compression, compressionOf } from './file-resource.js'
import { countOf, outputPlaceOf } from './fingerprint.js'
import { encodeText, type OutputEncoding } from './text-encoder.js'

/** The options that all file writers have. */
export interface FileOutputOptions {
  /** The file: a path, relative to the working directory, or a `file:` URL. Its directory must be there. */
  readonly resource: string | URL
  /** `'gzip'` packs each chunk. Default `'gzip'` for a path that ends in `.gz`, else `'none'`. */
  readonly compression?: Compression
  /** Writes `name.part`, and renames it when all was written: others see the whole file or none. Default false. */
  readonly atomic?: boolean
  /** A chunk commits only when its bytes are on the disk, which then also holds when the power fails. Default false. */
  readonly forceSync?: boolean
}

/** The names of {@link FileOutputOptions}. */
export const FILE_OUTPUT_OPTIONS: readonly string[] = ['resource', 'compression', 'atomic', 'forceSync']

/** Where text goes, after it was checked. */
export interface TextOutput extends OutputOptions {
  readonly encoding: OutputEncoding
  readonly compression: Compression
}

/** Checks the options of an output; `append` is for writers that have that option. */
export function checkTextOutput(
  check: OptionCheck,
  owner: string,
  options: FileOutputOptions & { readonly append?: boolean },
  encoding: OutputEncoding = 'utf-8',
): TextOutput {
  const { append = false, atomic = false, forceSync = false } = options
  const path = checkPath(check, 'resource', options.resource)
  const compression = check.oneOf('compression', options.compression ?? compressionOf(path), ['gzip', 'none'])
  check.boolean('append', append)
  check.boolean('atomic', atomic)
  check.boolean('forceSync', forceSync)
  if (append && atomic) check.fail('append', append, 'left out together with `atomic`')
  return { owner, path, append, atomic, forceSync, encoding, compression }
}

/** What the writers of text files have in common: places, restart, beginning and end. */
export abstract class TextItemWriter<T> implements ItemWriter<T>, ItemStream {
  readonly #target: TextOutput
  #session: FileOutput | undefined
  /** Items that were written. */
  #count = 0
  #isComplete = false

  protected constructor(target: TextOutput) {
    this.#target = target
  }

  async open(position: Json | undefined): Promise<void> {
    await this.close()
    const { owner, append } = this.#target
    const place = position === undefined ? undefined : outputPlaceOf(owner, position)
    this.#count = position === undefined ? 0 : countOf(owner, position, 'records')
    this.#isComplete = false
    // Without a record there is nothing to go on behind, but for what an appended file had before.
    const committed = this.#count > 0 || append ? place : undefined
    const output = await FileOutput.open(this.#target, committed)
    this.#session = output
    // A file that was empty at the last position has no beginning to keep.
    const beginning = output.length === 0 ? this.beginning() : ''
    if (beginning !== '') await output.append(await this.#encode(beginning))
  }

  async write(items: readonly T[]): Promise<void> {
    const output = this.#open()
    await output.append(await this.#encode(this.records(items, this.#count)))
    this.#count += items.length
  }

  position(): Json {
    return { ...this.#open().place(), records: this.#count }
  }

  async returnTo(position: Json): Promise<void> {
    const { owner } = this.#target
    await this.#open().returnTo(outputPlaceOf(owner, position))
    this.#count = countOf(owner, position, 'records')
  }

  /** Writes what ends the file, and gives an atomic file its name. The position stays before the end. */
  async complete(): Promise<void> {
    if (this.#isComplete) return
    const end = this.ending(this.#count)
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

  /** What stands before the first record. */
  protected abstract beginning(): string

  /** The text of items, of which `before` were written before. */
  protected abstract records(items: readonly T[], before: number): string

  /** What stands behind the last of `count` records. */
  protected abstract ending(count: number): string

  #open(): FileOutput {
    if (this.#session === undefined) throw new NotOpenError(this.#target.owner)
    return this.#session
  }

  #encode(text: string): Buffer | Promise<Buffer> {
    return encodeText(text, this.#target.encoding, this.#target.compression)
  }
}
