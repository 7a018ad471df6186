import type { FileHandle } from 'node:fs/promises'
import { NotOpenError } from '../not-open-error.js'
import { FileChangedError } from './file-errors.js'
import { fingerprint, type OutputPlace, TAIL_BYTES } from './fingerprint.js'
import { appendPath, atomicPath, type OutputPath, plainPath } from './output-path.js'
import { onFile, readBytes, syncDirectory, writeBytes } from './write-bytes.js'

/** How a file is written. */
export interface OutputOptions {
  /** Stands in messages. */
  readonly owner: string
  /** Absolute. */
  readonly path: string
  /** Keeps what the file has when it is opened for the first time. Not together with `atomic`. */
  readonly append: boolean
  /** Writes `path.part`, and renames it when it is complete. */
  readonly atomic: boolean
  /** Each `append` ends only when the bytes are on the disk. */
  readonly forceSync: boolean
}

/**
 * A file that is written from a place on: what stands behind the place is cut off when it is opened and when the writer
 * returns there. Calls must not overlap. Throws `FileAccessError` where the system refuses.
 */
export class FileOutput {
  readonly #options: OutputOptions
  readonly #path: OutputPath
  #handle: FileHandle | undefined
  #length = 0
  /** The last bytes before `#length`, at most `TAIL_BYTES`. */
  #tail: Buffer = Buffer.alloc(0)
  /** Whether there may be bytes behind `#length`. */
  #dirty = false

  private constructor(options: OutputOptions, path: OutputPath) {
    this.#options = options
    this.#path = path
  }

  /**
   * Opens a file for writing, at its beginning (or its end, with `append`) or at a place of an earlier run. Throws
   * {@link FileChangedError} when what was committed is not there any more.
   */
  static async open(options: OutputOptions, committed: OutputPlace | undefined): Promise<FileOutput> {
    const output = new FileOutput(options, pathOf(options))
    try {
      await onFile(options.owner, output.#path.working, 'written', () => output.#open(committed))
    } catch (error) {
      await output.close()
      throw error
    }
    return output
  }

  /** How many bytes were written; with `append`, those that were there first count. */
  get length(): number {
    return this.#length
  }

  /** Where the next bytes go, as a value that can be stored. */
  place(): OutputPlace {
    return { length: this.#length, tailBytes: this.#tail.length, tailHash: fingerprint(this.#tail) }
  }

  /** Writes bytes at the end, in one call to the system. After an error `length` is as it was before. */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#onFile(async (handle) => {
      await this.#write(handle, bytes)
      if (this.#options.forceSync) await handle.datasync()
    })
    this.#length += bytes.length
    this.#dirty = false
    this.#tail = lastOf(this.#tail, bytes)
  }

  /** Cuts off what was written behind a place that `place()` gave. */
  async returnTo({ length }: OutputPlace): Promise<void> {
    if (length === this.#length && !this.#dirty) return
    await this.#onFile(async (handle) => {
      await this.#cutTo(handle, length)
      this.#tail = await tailAt(handle, length)
    })
  }

  /**
   * Writes what ends the file, and brings the file to its place. `place()` stays where it was, so that opening the file
   * at it cuts the end off again, and `complete` may follow once more.
   */
  async complete(end: Uint8Array): Promise<void> {
    await this.#onFile(async (handle) => {
      await this.#write(handle, end)
      // The name of a file must not become durable before its content.
      if (this.#options.forceSync || this.#options.atomic) await handle.sync()
    })
    await this.close()
    await onFile(this.#options.owner, this.#options.path, 'written', () => this.#path.complete())
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #open(committed: OutputPlace | undefined): Promise<void> {
    const { handle, kept } = await this.#path.open(committed)
    this.#handle = handle
    if (committed !== undefined) await this.#check(handle, committed)
    await this.#cutTo(handle, committed?.length ?? kept)
    this.#tail = await tailAt(handle, this.#length)
    if (this.#options.forceSync) await syncDirectory(this.#path.working)
  }

  async #check(handle: FileHandle, { length, tailBytes, tailHash }: OutputPlace): Promise<void> {
    const { owner } = this.#options
    const { size } = await handle.stat()
    if (size < length) {
      const detail = `it has ${size} bytes, and ${length} were committed`
      throw new FileChangedError(owner, this.#path.working, 'shorter', detail)
    }
    const tail = await readBytes(handle, length - tailBytes, tailBytes)
    if (fingerprint(tail) === tailHash) return
    const detail = `the ${tailBytes} bytes before byte ${length}, where writing stopped, are others`
    throw new FileChangedError(owner, this.#path.working, 'before-position', detail)
  }

  async #cutTo(handle: FileHandle, length: number): Promise<void> {
    this.#dirty = true
    await handle.truncate(length)
    this.#length = length
    this.#dirty = false
  }

  async #write(handle: FileHandle, bytes: Uint8Array): Promise<void> {
    if (this.#dirty) await handle.truncate(this.#length)
    if (bytes.length === 0) return
    this.#dirty = true
    await writeBytes(handle, bytes, this.#length)
  }

  async #onFile<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const { owner } = this.#options
    const handle = this.#handle
    if (handle === undefined) throw new NotOpenError(owner)
    return onFile(owner, this.#path.working, 'written', () => work(handle))
  }
}

function pathOf({ owner, path, append, atomic }: OutputOptions): OutputPath {
  if (atomic) return atomicPath(owner, path)
  return append ? appendPath(owner, path) : plainPath(owner, path)
}

function tailAt(handle: FileHandle, length: number): Promise<Buffer> {
  const bytes = Math.min(length, TAIL_BYTES)
  return readBytes(handle, length - bytes, bytes)
}

function lastOf(tail: Buffer, bytes: Uint8Array): Buffer {
  const last = bytes.subarray(-TAIL_BYTES)
  if (last.length === TAIL_BYTES) return Buffer.from(last)
  return Buffer.concat([tail.subarray(Math.max(0, tail.length + last.length - TAIL_BYTES)), last])
}
