import { rm, stat } from 'node:fs/promises'
import { InvalidOptionError } from '../../domain/option-error.js'
import { onFile } from './write-bytes.js'

/** What a writer may have beside the file that it writes. */
const ENDINGS = ['', '.part', '.part.copy', '.appending']

/** Removes the files of a series behind the one of a number, the last first: what is left then still has no gap. */
export async function removeLaterOutputs(
  owner: string,
  pathOf: (index: number) => string,
  index: number,
): Promise<void> {
  const seen = new Set([pathOf(index)])
  const later: string[] = []
  for (let next = index + 1; ; next++) {
    const path = pathOf(next)
    if (seen.has(path)) throw new InvalidOptionError(`${owner}.resource`, path, `another path for file ${next}`)
    seen.add(path)
    if (!(await isThere(owner, path))) break
    later.push(path)
  }
  for (const path of later.reverse()) {
    for (const ending of ENDINGS) {
      await onFile(owner, path + ending, 'removed', () => rm(path + ending, { force: true }))
    }
  }
}

async function isThere(owner: string, path: string): Promise<boolean> {
  for (const ending of ENDINGS) {
    const found = await onFile(owner, path + ending, 'looked at', () => stat(path + ending).catch(ifMissing))
    if (found !== undefined) return true
  }
  return false
}

function ifMissing(error: { readonly code?: unknown }): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
