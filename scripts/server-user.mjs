// Whom a private database server runs as: database servers refuse to run as root.
import { execFileSync, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'

/**
 * As root, the first of these users that exists, or `nobody`; else undefined, ourselves.
 * @param {string} name of the server, for messages
 * @param {string[]} users
 * @returns {{ uid: number, gid: number } | undefined}
 */
export function unprivilegedUser(name, users) {
  if (process.getuid?.() !== 0) return undefined
  const candidates = [...users, 'nobody']
  for (const user of candidates) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      continue
    }
  }
  throw new Error(`${name} does not run as root, and there is no user ${candidates.join(' or ')} to run it as.`)
}

/** A temporary folder in which that user can work. */
export function workFolder(name, user) {
  if (user === undefined) return tmpdir()
  const candidates = [tmpdir(), '/tmp', '/var/tmp']
  const found = candidates.find((folder) => {
    const check = spawnSync('/bin/sh', ['-c', 'cd "$0" && test -w .', folder], { cwd: '/', stdio: 'ignore', ...user })
    return check.status === 0
  })
  if (found === undefined) {
    throw new Error(`${name} needs a temporary folder that user ${user.uid} may write: tried ${candidates.join(', ')}.`)
  }
  return found
}
