import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BatchError } from '../../domain/batch-error.js'
import { FileAccessError, fileReason } from './file-errors.js'

/** Writes all bytes at an offset: one call to the system, unless the system writes a part only. */
export async function writeBytes(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written)
    written += bytesWritten
  }
}

/** Reads exactly `length` bytes at an offset, or fewer where the file ends. */
export async function readBytes(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let read = 0
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, offset + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return bytes.subarray(0, read)
}

/** Makes the names in the directory of a file durable. Some systems cannot, and need not. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(dirname(path), 'r')
    await handle.sync()
  } catch {
    // Windows opens no directories.
  } finally {
    await handle?.close()
  }
}

/** Does something with a file, and turns the system's error into a {@link FileAccessError}. */
export async function onFile<T>(owner: string, path: string, doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof BatchError) throw cause
    throw new FileAccessError(owner, path, fileReason(doing, cause), { cause })
  }
}
