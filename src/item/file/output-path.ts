import { constants } from 'node:fs'
import { copyFile, type FileHandle, open, rename, stat } from 'node:fs/promises'
import { FileAccessError, FileChangedError } from './file-errors.js'
import type { OutputPlace } from './fingerprint.js'
import { syncDirectory } from './write-bytes.js'

/** Where the bytes of an output go until it is complete, and where they are then. */
export interface OutputPath {
  /** The file that is written. */
  readonly working: string
  /** Opens it, and says how many bytes at its beginning are to stay, where nothing was committed yet. */
  open(committed: OutputPlace | undefined): Promise<{ readonly handle: FileHandle; readonly kept: number }>
  /** What is to be done when all was written and the file is closed. May be done again. */
  complete(): Promise<void>
}

/** The file itself is written. */
export function plainPath(owner: string, path: string): OutputPath {
  return {
    working: path,
    open: async (committed) => ({ handle: await openOutput(owner, path, committed), kept: 0 }),
    complete: async () => undefined,
  }
}

/** What is written goes behind what the file has when it is opened for the first time. */
export function appendPath(owner: string, path: string): OutputPath {
  return {
    working: path,
    open: async (committed) => {
      const handle = await openOutput(owner, path, committed)
      return { handle, kept: committed === undefined ? (await handle.stat()).size : 0 }
    },
    complete: async () => undefined,
  }
}

/** The file is written beside its place, and comes there as a whole. */
export function atomicPath(owner: string, path: string): OutputPath {
  const working = `${path}.part`
  return {
    working,
    open: async (committed) => {
      if (committed !== undefined && !(await isThere(working))) await takeBack(path, working)
      return { handle: await openOutput(owner, working, committed), kept: 0 }
    },
    complete: async () => {
      await rename(working, path)
      await syncDirectory(path)
    },
  }
}

/**
 * The process died between the renaming and the end of the step. What is in its place stays there, seen by others, and is
 * written anew from a copy.
 */
async function takeBack(path: string, working: string): Promise<void> {
  if (!(await isThere(path))) return
  const copy = `${working}.copy`
  await copyFile(path, copy, constants.COPYFILE_FICLONE)
  await rename(copy, working)
}

async function openOutput(owner: string, path: string, committed: OutputPlace | undefined): Promise<FileHandle> {
  if (committed !== undefined && !(await isThere(path))) {
    throw new FileChangedError(owner, path, 'missing', `it is not there, and ${committed.length} bytes were committed`)
  }
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT)
  const stats = await handle.stat()
  if (stats.isFile()) return handle
  await handle.close()
  throw new FileAccessError(owner, path, 'is no plain file: it could not be cut off after a rollback or a restart')
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return false
    throw error
  }
}
