// node scripts/complete-lock.mjs, after an `npm install` that changed package-lock.json.
// npm leaves out of the lock file those optional platform packages that the registry in use does not have, and `npm ci`
// then refuses that very lock file. This writes them in: version and platform, so that npm skips them elsewhere. It also
// takes out the addresses of the registry, which are nobody else's.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const OS = { android: 'android', aix: 'aix', darwin: 'darwin', freebsd: 'freebsd', linux: 'linux', netbsd: 'netbsd' }
Object.assign(OS, { openbsd: 'openbsd', openharmony: 'openharmony', sunos: 'sunos', win32: 'win32', windows: 'win32' })
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

const lock = JSON.parse(readFileSync(file, 'utf8'))
const added = []
for (const [path, entry] of Object.entries(lock.packages)) {
  delete entry.resolved
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ''),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...platformOf(name),
    }
    added.push(name)
  }
}
const [[first, main], ...rest] = Object.entries(lock.packages)
lock.packages = { [first]: main, ...Object.fromEntries(rest.toSorted(([a], [b]) => a.localeCompare(b, 'en'))) }
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length === 0 ? 'the lock file is complete' : `added to the lock file: ${added.join(', ')}`)

/** Whether the package at `path` finds `name` in its own folder or in one further up. */
function isLocked(path, name) {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (lock.packages[`${folder}/node_modules/${name}`] !== undefined) return true
    if (!folder.includes('/node_modules/')) return lock.packages[`node_modules/${name}`] !== undefined
  }
}

/** What the package's name says of where it runs: `@oxlint/binding-linux-arm64-musl`. */
function platformOf(name) {
  const words = name.split(/[/.-]/)
  const os = words.map((word) => OS[word]).find((found) => found !== undefined)
  const cpu = CPU.find((word) => words.includes(word))
  if (os === undefined && cpu === undefined)
    throw new Error(`${name}: for which platform? Add it to package-lock.json.`)
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(os === 'linux' && libc !== undefined ? { libc: [libc] } : {}),
  }
}
