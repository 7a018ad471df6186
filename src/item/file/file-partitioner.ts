import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { BatchError } from '../../domain/batch-error.js'
import { OptionCheck } from '../../domain/check-option.js'
import { exitCodePattern, matchesExitCode } from '../../domain/exit-code-pattern.js'
import type { Partition, Partitioner } from '../../domain/partition.js'
import { quote } from '../../support/quote.js'

/** Options of {@link filePartitioner}: a directory, or files. */
export interface FilePartitionerOptions {
  /**
   * Where the files are; those in directories below it are not looked at. Relative to the working directory. Default: none is
   * looked into, and `files` are given.
   */
  readonly directory?: string
  /** What the names of the files look like: `*` stands for any text, `?` for one character. Default `'*'`. */
  readonly pattern?: string
  /** The files themselves, in the order of their partitions. Default: those that are found in `directory`. */
  readonly files?: readonly string[]
}

/** A file or directory to make partitions of cannot be looked at. `cause` is the error of the file system. */
export class PartitionFileError extends BatchError {
  static readonly code = 'BATCH_PARTITION_FILE'
  readonly path: string

  constructor(path: string, reason: string, options?: { readonly cause?: unknown }) {
    super(`${quote(path, 300)} ${reason}`, options)
    this.path = path
  }
}

/** The most characters of a file's name in that of its partition; a longer one is cut, never the number before it. */
const MAX_FILE_NAME = 60
/** The length of the name of a step execution. */
const MAX_STEP_NAME = 100

/**
 * Makes a partition of each file, however many run at once. It is called by its number, from 1, and the file's name, in
 * which anything but letters, digits, `.`, `_` and `-` has become `_`: `03-users_2025.csv`. Its context has the file's
 * absolute path under `file`.
 *
 * Files of a directory come in the order of their names, by code unit. They are looked for once, when the step runs for
 * the first time; a restart reads the same files, whatever is in the directory then. No file: no partition.
 *
 * Throws {@link PartitionFileError} when the directory cannot be read, or what `files` names is not a file: the step fails.
 *
 * @example
 * ```ts
 * import { filePartitioner } from 'chunkwise/file'
 *
 * export const ofToday = filePartitioner({ directory: 'incoming', pattern: 'users-*.csv' })
 * ```
 *
 * @throws InvalidOptionError
 */
export function filePartitioner(options: FilePartitionerOptions): Partitioner {
  const check = new OptionCheck('filePartitioner')
  check.object(options, ['directory', 'pattern', 'files'])
  const { directory, pattern, files } = options
  if ((directory === undefined) === (files === undefined))
    check.fail('directory', directory, 'given, or `files` instead')
  if (directory !== undefined) check.text('directory', directory)
  if (pattern !== undefined) check.text('pattern', pattern)
  if (files !== undefined) checkFiles(check, files, pattern)
  return {
    partition: async (_gridSize, { stepExecution }) => {
      const paths = files === undefined ? await find(directory as string, pattern ?? '*') : await look(files)
      const room = Math.min(MAX_FILE_NAME, MAX_STEP_NAME - stepExecution.stepName.length - 1)
      return paths.map((path, index) => partitionOf(path, index + 1, paths.length, room))
    },
  }
}

function checkFiles(check: OptionCheck, files: readonly string[], pattern: string | undefined): void {
  if (!Array.isArray(files)) check.fail('files', files, 'an array of paths')
  if (pattern !== undefined) check.fail('pattern', pattern, 'left out: `files` are named')
  const seen = new Set<string>()
  for (const [index, file] of files.entries()) {
    const path = resolve(check.text(`files[${index}]`, file))
    if (seen.has(path)) check.fail(`files[${index}]`, file, 'a file that is not in the list yet')
    seen.add(path)
  }
}

async function find(directory: string, pattern: string): Promise<readonly string[]> {
  const path = resolve(directory)
  const parsed = exitCodePattern(pattern)
  let names: readonly string[]
  try {
    names = await readdir(path)
  } catch (cause) {
    throw new PartitionFileError(path, 'is no directory that can be read', { cause })
  }
  const found: string[] = []
  // The default order of sort() is that of code units, the same on every machine.
  for (const name of names.filter((one) => matchesExitCode(parsed, one)).sort()) {
    if (await isFile(join(path, name))) found.push(join(path, name))
  }
  return found
}

async function look(files: readonly string[]): Promise<readonly string[]> {
  const paths = files.map((file) => resolve(file))
  for (const path of paths) if (!(await isFile(path))) throw new PartitionFileError(path, 'is not a file')
  return paths
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (cause) {
    throw new PartitionFileError(path, 'cannot be looked at', { cause })
  }
}

function partitionOf(file: string, number: number, last: number, room: number): Partition {
  const digits = String(last).length
  const safe = basename(file).replace(/[^A-Za-z0-9._-]/g, '_')
  const name = `${String(number).padStart(digits, '0')}-${safe}`.slice(0, Math.max(room, digits))
  return { name, context: { file } }
}
