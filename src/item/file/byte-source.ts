import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FileAccessError, fileReason } from './file-errors.js'
import type { ByteStream, CheckedResource } from './file-resource.js'

/** Gives the content of a resource block by block. */
export interface ByteSource {
  /** The size of the file when it was opened; `undefined` where content and file are not the same. */
  readonly size: number | undefined
  /** The next bytes, never none; `undefined` at the end. The caller may keep them. Never called twice at once. */
  next(): Promise<Buffer | undefined>
  /** The next bytes are those behind `offset`. Only where that takes no reading. */
  readonly seek?: (offset: number) => void
  close(): Promise<void>
}

/** How much of a file is read at once, in bytes. */
const BLOCK = 256 * 1024

/** Opens a resource at its beginning. Throws {@link FileAccessError}. */
export async function openBytes(owner: string, resource: CheckedResource): Promise<ByteSource> {
  const { name, path, compression } = resource
  if (path !== undefined) await assertReadable(owner, path)
  if (path !== undefined && compression === 'none') return PlainBytes.open(owner, path)
  const bytes =
    path === undefined ? await openStream(owner, resource) : createReadStream(path, { highWaterMark: BLOCK })
  return new StreamedBytes(owner, name, compression === 'gzip' ? unpacked(bytes) : bytes)
}

/** Refuses what is no plain file before it is opened: opening a FIFO waits for whoever writes to it. */
async function assertReadable(owner: string, path: string): Promise<void> {
  let stats
  try {
    stats = await stat(path)
  } catch (cause) {
    throw new FileAccessError(owner, path, fileReason('read', cause), { cause })
  }
  if (stats.isFile()) return
  if (stats.isDirectory()) throw new FileAccessError(owner, path, 'is a directory')
  const remedy = 'give a function that opens it, such as () => createReadStream(path)'
  throw new FileAccessError(owner, path, `is no plain file: it cannot be read again after a restart; ${remedy}`)
}

async function openStream(owner: string, { name, open: openIt }: CheckedResource): Promise<ByteStream> {
  const stream: unknown = await openIt?.()
  if (typeof stream === 'object' && stream !== null && Symbol.asyncIterator in stream) return stream as ByteStream
  throw new FileAccessError(owner, name, 'is no stream of bytes: it cannot be iterated with `for await`')
}

function unpacked(bytes: ByteStream): ByteStream {
  const source = bytes instanceof Readable ? bytes : Readable.from(bytes, { objectMode: false })
  const gunzip = createGunzip({ chunkSize: BLOCK })
  // What goes wrong in the source comes out of `gunzip`, which is read.
  pipeline(source, gunzip, () => undefined)
  return gunzip
}

/** A file on disk: any offset is as near as any other. Reads the next block while the last one is being used. */
class PlainBytes implements ByteSource {
  readonly size: number
  readonly #owner: string
  readonly #path: string
  readonly #handle: FileHandle
  #at = 0
  #ahead: Promise<Buffer | undefined> | undefined

  private constructor(owner: string, path: string, handle: FileHandle, size: number) {
    this.#owner = owner
    this.#path = path
    this.#handle = handle
    this.size = size
  }

  static async open(owner: string, path: string): Promise<PlainBytes> {
    let handle: FileHandle | undefined
    try {
      handle = await open(path, 'r')
      const { size } = await handle.stat()
      return new PlainBytes(owner, path, handle, size)
    } catch (cause) {
      await handle?.close()
      throw new FileAccessError(owner, path, fileReason('read', cause), { cause })
    }
  }

  async next(): Promise<Buffer | undefined> {
    const block = await (this.#ahead ?? this.#read(this.#at))
    this.#ahead = undefined
    if (block === undefined) return undefined
    this.#at += block.length
    // A short one is the last for now: what a growing file gets meanwhile is still read.
    if (block.length === BLOCK) {
      this.#ahead = this.#read(this.#at)
      this.#ahead.catch(() => undefined)
    }
    return block
  }

  seek(offset: number): void {
    this.#at = offset
    this.#ahead = undefined
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  async #read(position: number): Promise<Buffer | undefined> {
    const block = Buffer.allocUnsafeSlow(BLOCK)
    try {
      const { bytesRead } = await this.#handle.read(block, 0, BLOCK, position)
      return bytesRead === 0 ? undefined : block.subarray(0, bytesRead)
    } catch (cause) {
      throw new FileAccessError(this.#owner, this.#path, fileReason('read', cause), { cause })
    }
  }
}

/** What can only be read from its beginning: a stream, or what a packed file has inside. */
class StreamedBytes implements ByteSource {
  readonly size = undefined
  readonly #owner: string
  readonly #name: string
  readonly #stream: ByteStream
  readonly #iterator: AsyncIterator<unknown>

  constructor(owner: string, name: string, stream: ByteStream) {
    this.#owner = owner
    this.#name = name
    this.#stream = stream
    this.#iterator = stream[Symbol.asyncIterator]()
  }

  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await this.#pull()
      if (done === true) return undefined
      if (!(value instanceof Uint8Array)) {
        throw new FileAccessError(this.#owner, this.#name, 'gives no bytes: open it without an encoding')
      }
      if (value.length > 0) return Buffer.from(value.buffer, value.byteOffset, value.length)
    }
  }

  async close(): Promise<void> {
    // A read that waits for ever would keep return() waiting: a Node stream is destroyed instead.
    if (this.#stream instanceof Readable) this.#stream.destroy()
    else await this.#iterator.return?.()
  }

  async #pull(): Promise<IteratorResult<unknown>> {
    try {
      return await this.#iterator.next()
    } catch (cause) {
      const packed = (cause as { readonly code?: unknown } | null)?.code
      const broken = typeof packed === 'string' && packed.startsWith('Z_')
      const reason = broken ? 'is no whole gzip file' : fileReason('read', cause)
      throw new FileAccessError(this.#owner, this.#name, reason, { cause })
    }
  }
}
