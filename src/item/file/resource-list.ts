import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { exitCodePattern, matchesExitCode } from '../../domain/exit-code-pattern.js'
import { FileAccessError, fileReason } from './file-errors.js'

/** One of the files that are read one after another. */
export interface Resource {
  /** The absolute path. */
  readonly path: string
  /** What it is called: its path below the root, with `/`; or the path that was given. */
  readonly name: string
  /** Its number, from 0. */
  readonly index: number
}

/** Where files are looked for. */
export interface ResourceGlob {
  readonly root: string
  /** Each a pattern of a name; the last one is that of files. `**`: any number of directories. */
  readonly segments: readonly string[]
}

/** The parts of a pattern; `undefined` where it leads out of the root. */
export function globSegments(pattern: string): readonly string[] | undefined {
  const segments = pattern.split('/')
  const isWrong = (segment: string): boolean => segment === '' || segment === '.' || segment === '..'
  return segments.some(isWrong) || segments.at(-1) === '**' ? undefined : segments
}

/** The files that match, ordered by name, by code unit. Throws {@link FileAccessError}, also for a link out of the root. */
export async function findResources(owner: string, { root, segments }: ResourceGlob): Promise<readonly Resource[]> {
  const top = resolve(root)
  try {
    const real = await realpath(top)
    const paths: string[] = []
    // Several `**` find a file in several ways.
    for (const path of new Set(await walk(top, segments))) if (await isInside(owner, path, real)) paths.push(path)
    const found = paths.map((path) => ({ path, name: relative(top, path).split(sep).join('/') }))
    // The order of code units is the same on every machine.
    return found.sort((a, b) => (a.name < b.name ? -1 : 1)).map((one, index) => ({ ...one, index }))
  } catch (cause) {
    if (cause instanceof FileAccessError) throw cause
    throw new FileAccessError(owner, top, fileReason('looked through', cause), { cause })
  }
}

/** Links to directories are not followed: they could lead round in a circle. */
async function walk(directory: string, [segment = '', ...rest]: readonly string[]): Promise<readonly string[]> {
  const found: string[] = segment === '**' ? [...(await walk(directory, rest))] : []
  const pattern = exitCodePattern(segment)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (segment === '**') {
      if (entry.isDirectory()) found.push(...(await walk(path, [segment, ...rest])))
    } else if (matchesExitCode(pattern, entry.name)) {
      if (rest.length === 0) found.push(path)
      else if (entry.isDirectory()) found.push(...(await walk(path, rest)))
    }
  }
  return found
}

/** False for what is no file. */
async function isInside(owner: string, path: string, root: string): Promise<boolean> {
  const real = await realpath(path)
  if (!(await stat(real)).isFile()) return false
  if (real === root || real.startsWith(root.endsWith(sep) ? root : root + sep)) return true
  throw new FileAccessError(owner, path, `is a link out of ${root}: nothing outside of the root is read`)
}
