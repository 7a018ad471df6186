import type { Json } from '../../support/json.js'
import { quote } from '../../support/quote.js'
import { byteOrderMark, UTF_8 } from './encodings.js'
import type { FileSource } from './file-source.js'
import { countOf, type FilePlace, filePlaceOf } from './fingerprint.js'
import { JsonElementScanner } from './json-element-scanner.js'
import type { JsonItemMaker } from './json-item.js'
import { BadOutline, type JsonLibrary, JsonOutline } from './json-outline.js'
import { FileDocumentError, FileRecordError } from './record-errors.js'
import type { RecordFeed } from './record-item-reader.js'

/** What elements are read from, and how. */
export interface JsonElementsOptions {
  readonly owner: string
  readonly source: FileSource
  readonly library: JsonLibrary
  /** The names that lead to the array. */
  readonly path: readonly string[]
  readonly toItem: JsonItemMaker
  readonly maxRecordBytes: number
}

const COMMA = 44
const RIGHT_BRACKET = 93
const SHOWN = 200

/** The elements of an array of an open JSON file. */
export class JsonElements<T> implements RecordFeed<T> {
  readonly #options: JsonElementsOptions
  readonly #scanner = new JsonElementScanner()
  /** Reads what is not an element; `undefined` inside of the array. */
  #outline: JsonOutline | undefined
  #block: Buffer = Buffer.alloc(0)
  #blockStart = 0
  #at = 0
  /** What the blocks before have of the element. */
  #parts: Buffer[] = []
  /** Where the element begins, its blanks included. */
  #start = 0
  #isFirst = true
  #wasFound = false
  #hasEnded = false
  #elements = 0
  /** Where the last element ends: at a comma or a bracket. */
  #done = 0
  #place: FilePlace
  /** What is to be told when the items before it were given, and where it ends. */
  #late: { readonly error: unknown; readonly done: number } | undefined

  constructor(options: JsonElementsOptions) {
    this.#options = options
    this.#place = options.source.place(0)
  }

  /** Reads the beginning, or goes to a position of an earlier run. */
  async begin(position: Json | undefined, signal: AbortSignal): Promise<void> {
    const { owner, source } = this.#options
    const place = position === undefined ? undefined : filePlaceOf(owner, position)
    this.#elements = position === undefined ? 0 : countOf(owner, position, 'elements')
    if (place !== undefined) await source.resume(place, signal)
    if (place !== undefined && this.#elements > 0) {
      this.#wasFound = true
      this.#place = place
      this.#done = place.offset
      await this.#load(signal)
      const [next] = this.#block
      this.#start = this.#done + 1
      this.#isFirst = false
      if (next === COMMA) this.#at = 1
      else if (next === RIGHT_BRACKET) this.#leaveArray(0)
      else throw this.#broken('a comma or the end of the array is no longer there', this.#done)
      return
    }
    this.#outline = this.#newOutline(false)
    await this.#readMark(signal)
    this.#readOutline()
  }

  take(size: number, items: T[]): boolean {
    while (items.length < size) {
      if (this.#late !== undefined) {
        if (items.length > 0) return true
        const { error, done } = this.#late
        this.#done = done
        if (!(error instanceof FileRecordError)) throw error
        this.#late = undefined
        this.#elements++
        throw error
      }
      if (this.#hasEnded) return true
      if (this.#outline !== undefined || this.#at >= this.#block.length) return false
      const end = this.#scanner.find(this.#block, this.#at)
      if (end < 0) {
        this.#keep(this.#block.subarray(this.#at))
        this.#at = this.#block.length
        return false
      }
      this.#takeElement(end, items)
    }
    return true
  }

  async more(signal: AbortSignal): Promise<void> {
    if (await this.#load(signal)) {
      this.#readOutline()
      return
    }
    const at = this.#blockStart
    if (this.#outline === undefined) throw this.#broken('the file ends in the middle of the array', at)
    this.#inDocument(at, () => this.#outline?.end())
    if (!this.#wasFound) throw this.#broken(`there is no array at ${pathText(this.#options.path)}`, at)
    this.#hasEnded = true
  }

  position(): Json {
    if (this.#place.offset !== this.#done) this.#place = this.#options.source.place(this.#done)
    return { ...this.#place, elements: this.#elements }
  }

  isOfRecord(error: unknown): boolean {
    return error instanceof FileRecordError
  }

  /** Loads the next block; false at the end of the file. Nothing of the one before is needed then but its parts. */
  async #load(signal: AbortSignal): Promise<boolean> {
    this.position()
    const { source } = this.#options
    const block = await source.next(source.offset, signal)
    this.#at = 0
    this.#block = block ?? Buffer.alloc(0)
    this.#blockStart = source.offset - this.#block.length
    return block !== undefined
  }

  /** Leaves out the mark of the byte order. */
  async #readMark(signal: AbortSignal): Promise<void> {
    const blocks: Buffer[] = []
    let length = 0
    while (length < 3 && (await this.#load(signal))) {
      blocks.push(this.#block)
      length += this.#block.length
    }
    this.#block = Buffer.concat(blocks)
    this.#blockStart = 0
    const mark = byteOrderMark(this.#block)
    if (mark !== undefined && mark.name !== 'utf-8') throw this.#broken(`it is ${mark.name}; JSON is read as UTF-8`, 0)
    this.#at = mark?.length ?? 0
  }

  #takeElement(end: number, items: T[]): void {
    this.#keep(this.#block.subarray(this.#at, end))
    const done = this.#blockStart + end
    const size = done - this.#start
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts)
    const start = this.#start
    const isLast = this.#block[end] === RIGHT_BRACKET
    const isNothing = isLast && this.#isFirst && UTF_8.decodeLoosely(bytes).trim() === ''
    this.#parts = []
    this.#isFirst = false
    this.#start = done + 1
    this.#at = end + 1
    this.#scanner.reset()
    if (isNothing) this.#done = this.#elements === 0 ? 0 : done
    else this.#give(bytes, start, size, items, done)
    if (isLast) this.#leaveArray(end)
  }

  #give(bytes: Buffer, start: number, size: number, items: T[], done: number): void {
    try {
      items.push(this.#item(bytes, start, size))
      this.#elements++
      this.#done = done
    } catch (error) {
      this.#late = { error, done }
    }
  }

  #item(bytes: Buffer, start: number, size: number): T {
    const { owner, source, toItem, maxRecordBytes } = this.#options
    const text = UTF_8.decode(bytes)
    const fail = ({ reason, cause }: { readonly reason: string; readonly cause?: unknown }): never => {
      const shown = text ?? UTF_8.decodeLoosely(bytes)
      const byteOffset = start + (shown.length - shown.trimStart().length)
      const spot = { file: source.name, byteOffset, text: shown.trim().slice(0, SHOWN) }
      throw new FileRecordError(owner, spot, reason, cause === undefined ? undefined : { cause })
    }
    if (size > maxRecordBytes) fail({ reason: `it has more than ${maxRecordBytes} bytes, which is maxRecordBytes` })
    if (text === undefined) return fail({ reason: 'it has bytes that are not utf-8' })
    return toItem(text, fail) as T
  }

  /** Keeps bytes of the element; of one that is too long only the beginning. */
  #keep(bytes: Buffer): void {
    const start = this.#blockStart + this.#at
    const isTooLong = start + bytes.length - this.#start > this.#options.maxRecordBytes
    if (!isTooLong) this.#parts.push(bytes)
    else if (this.#parts.length === 0) this.#parts.push(Buffer.from(bytes.subarray(0, SHOWN)))
    else this.#parts = [Buffer.concat(this.#parts).subarray(0, SHOWN)].map((part) => Buffer.from(part))
  }

  /** What follows the array, its bracket first. */
  #leaveArray(end: number): void {
    this.#outline = this.#newOutline(true)
    this.#at = end
    try {
      this.#readOutline()
    } catch (error) {
      this.#late ??= { error, done: this.#done }
    }
  }

  /** Gives the outline what is at hand, up to the array. */
  #readOutline(): void {
    const outline = this.#outline
    if (outline === undefined || this.#at >= this.#block.length) return
    const behind = this.#inDocument(this.#blockStart + this.#at, () => outline.write(this.#block.subarray(this.#at)))
    if (behind < 0) {
      this.#at = this.#block.length
      return
    }
    this.#at += behind
    this.#start = this.#blockStart + this.#at
    this.#outline = undefined
    this.#isFirst = true
    this.#wasFound = true
  }

  #newOutline(isBehind: boolean): JsonOutline {
    const { library, path, maxRecordBytes } = this.#options
    return new JsonOutline(library, path, maxRecordBytes, isBehind)
  }

  #inDocument<R>(at: number, work: () => R): R {
    try {
      return work()
    } catch (cause) {
      throw this.#broken((cause as Error).message.slice(0, SHOWN), at, cause instanceof BadOutline ? undefined : cause)
    }
  }

  #broken(reason: string, byteOffset: number, cause?: unknown): FileDocumentError {
    const { owner, source } = this.#options
    const options = cause === undefined ? undefined : { cause }
    return new FileDocumentError(owner, { file: source.name, byteOffset }, reason, options)
  }
}

function pathText(path: readonly string[]): string {
  return path.length === 0 ? 'the top of the document' : quote(path.join('.'))
}
