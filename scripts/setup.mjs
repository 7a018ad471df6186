// Makes a fresh clone ready. Plain Node: nothing here may need an installed package.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const wantedFile = `${root}package-lock.json`
const installedFile = `${root}node_modules/.package-lock.json`

/** Runs `npm ci` when what is installed is not what package-lock.json asks for. Throws when that fails. */
export function ensureInstalled() {
  if (isInstalled()) return
  console.log('installing the dependencies (npm ci)')
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const windows = process.platform === 'win32'
  const { status, error } = spawnSync('npm', ['ci', ...flags], { cwd: root, stdio: 'inherit', shell: windows })
  if (status !== 0) {
    throw new Error(`npm ci failed${error === undefined ? '' : `: ${error.message}`}. Run it by hand to see why.`)
  }
}

function isInstalled() {
  const installedAt = statSync(installedFile, { throwIfNoEntry: false })?.mtimeMs
  if (installedAt === undefined) return false
  if (installedAt >= statSync(wantedFile).mtimeMs) return true
  // A lock file that is merely touched (a checkout, a rebase) must not cost an install: what it says decides.
  const wanted = packages(wantedFile)
  const installed = packages(installedFile)
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true
    const found = installed[path]
    return found === undefined ? optional === true : found.version === version
  })
}

/** @returns {Record<string, { version?: string, optional?: boolean }>} */
function packages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}
