import { unlessAborted } from '../../support/abort.js'
import { type ByteSource, openBytes } from './byte-source.js'
import { FileChangedError } from './file-errors.js'
import type { CheckedResource } from './file-resource.js'
import { type FilePlace, fingerprint, HEAD_BYTES, TAIL_BYTES } from './fingerprint.js'

interface Block {
  readonly start: number
  readonly bytes: Buffer
}

/**
 * The content of a resource as blocks of bytes, with places in it that can be stored. It keeps the blocks that hold what
 * its reader has not used yet, and a few thousand bytes before that. Not for calls at the same time.
 */
export class FileSource {
  readonly name: string
  readonly #owner: string
  readonly #source: ByteSource
  /** Blocks that were given, as far as they are still needed, in order and without gaps. */
  #given: Block[] = []
  /** Blocks that are to be given before any other. */
  #again: Block[] = []
  #pending: Promise<Buffer | undefined> | undefined
  #end = 0
  /** The beginning of the content, as much of it as was seen. */
  readonly #head = Buffer.alloc(HEAD_BYTES)
  #headBytes = 0
  #headHash: { readonly bytes: number; readonly hash: string } | undefined

  private constructor(owner: string, name: string, source: ByteSource) {
    this.#owner = owner
    this.name = name
    this.#source = source
  }

  /** Opens a resource at its beginning. Throws `FileAccessError`. */
  static async open(owner: string, resource: CheckedResource): Promise<FileSource> {
    return new FileSource(owner, resource.name, await openBytes(owner, resource))
  }

  /** The bytes of the content when it was opened, where that is known: of a plain file. */
  get size(): number | undefined {
    return this.#source.size
  }

  /** Where the next block begins, in bytes of the content. */
  get offset(): number {
    return this.#end
  }

  /**
   * The next block, or `undefined` at the end. The reader is done with everything before `used`. A call that `signal`
   * ends loses nothing: the next call gives the block.
   */
  async next(used: number, signal?: AbortSignal): Promise<Buffer | undefined> {
    this.#forget(used)
    const block = this.#again.shift() ?? (await this.#load(signal))
    if (block === undefined) return undefined
    this.#given.push(block)
    this.#end = block.start + block.bytes.length
    return block.bytes
  }

  /** The place at `offset`, which is not before the last `used` and not behind what was given. */
  place(offset: number): FilePlace {
    const tail = this.#between(Math.max(0, offset - TAIL_BYTES), offset)
    // What stands behind the place may be corrected before a restart.
    const bytes = Math.min(this.#headBytes, offset)
    if (this.#headHash?.bytes !== bytes) this.#headHash = { bytes, hash: fingerprint(this.#head.subarray(0, bytes)) }
    return {
      offset,
      headBytes: bytes,
      headHash: this.#headHash.hash,
      tailBytes: tail.length,
      tailHash: fingerprint(tail),
    }
  }

  /**
   * Goes to a place that was stored: the next block begins there. Only before any `used` but 0. Throws
   * {@link FileChangedError} when this is not the content that was read up to there.
   */
  async resume(place: FilePlace, signal?: AbortSignal): Promise<void> {
    const { size } = this.#source
    if (size !== undefined && size < place.offset) {
      this.#changed('shorter', `it has ${size} bytes, and reading stopped at byte ${place.offset}`)
    }
    while (this.#headBytes < place.headBytes) await this.#need(signal)
    if (fingerprint(this.#head.subarray(0, place.headBytes)) !== place.headHash) {
      this.#changed('beginning', `its first ${place.headBytes} bytes are others`)
    }
    const start = place.offset - place.tailBytes
    this.#goTo(start)
    while (this.#end < place.offset) await this.#need(signal, start)
    const tail = this.#between(start, place.offset)
    if (fingerprint(tail) !== place.tailHash) {
      const where = `the ${place.tailBytes} bytes before byte ${place.offset}`
      this.#changed('before-position', `${where}, where reading stopped, are others`)
    }
    this.#giveAgain(place.offset)
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  async #load(signal: AbortSignal | undefined): Promise<Block | undefined> {
    this.#pending ??= this.#source.next()
    const bytes = await (signal === undefined ? this.#pending : unlessAborted(signal, this.#pending))
    this.#pending = undefined
    if (bytes === undefined) return undefined
    if (this.#end === this.#headBytes) this.#headBytes += bytes.copy(this.#head, this.#headBytes)
    return { start: this.#end, bytes }
  }

  /** Takes one more block; what stands before `keep` may be forgotten. */
  async #need(signal: AbortSignal | undefined, keep = 0): Promise<void> {
    if ((await this.next(keep, signal)) === undefined) this.#changed('shorter', `it has only ${this.#end} bytes now`)
  }

  /** Makes `start` part of what was given, or the end of it, without reading where that can be. */
  #goTo(start: number): void {
    const first = this.#given[0]?.start ?? this.#end
    if (start >= first && start <= this.#end) return
    if (this.#source.seek === undefined) return
    this.#source.seek(start)
    this.#pending = undefined
    this.#given = []
    this.#again = []
    this.#end = start
  }

  /** Makes the next block begin at `offset`, which is within what was given. */
  #giveAgain(offset: number): void {
    const again: Block[] = []
    const given: Block[] = []
    for (const { start, bytes } of this.#given) {
      const cut = Math.min(Math.max(offset - start, 0), bytes.length)
      if (cut > 0) given.push({ start, bytes: bytes.subarray(0, cut) })
      if (cut < bytes.length) again.push({ start: start + cut, bytes: bytes.subarray(cut) })
    }
    this.#given = given
    this.#again = [...again, ...this.#again]
    this.#end = offset
  }

  #forget(used: number): void {
    const needed = used - TAIL_BYTES
    let count = 0
    for (const { start, bytes } of this.#given) {
      if (start + bytes.length > needed) break
      count++
    }
    if (count > 0) this.#given.splice(0, count)
  }

  #between(from: number, to: number): Buffer {
    const parts: Buffer[] = []
    for (const { start, bytes } of this.#given) {
      if (start < to && start + bytes.length > from) {
        parts.push(bytes.subarray(Math.max(from - start, 0), Math.min(to - start, bytes.length)))
      }
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  #changed(change: 'shorter' | 'beginning' | 'before-position', detail: string): never {
    throw new FileChangedError(this.#owner, this.name, change, detail)
  }
}
