// npm run build: dist/esm and dist/cjs by plain tsc. Does nothing when dist was built from these very sources.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { quietly, root, toolFile } from './run.mjs'

const dist = join(root, 'dist')
// Not in dist, which is published.
const stampFile = join(root, 'node_modules', '.cache', 'chunkwise', 'build-stamp')
const vendor = join(dist, 'cjs', 'vendor')
// ESM only, and Jest loads CommonJS only: the CommonJS build carries them along.
const INLINED = ['p-limit', 'yocto-queue']

/** Builds `dist` from the sources. Resolves to whether that went well. */
export async function build() {
  const before = sourcesStamp()
  if (readOr(stampFile, '') === before + distStamp()) return true
  rmSync(dist, { recursive: true, force: true })
  const tsc = toolFile('typescript', 'tsc')
  const results = await Promise.all([
    quietly('build ESM', [tsc, '-p', 'tsconfig.esm.json']),
    quietly('build CommonJS', [tsc, '-p', 'tsconfig.cjs.json']),
  ])
  if (results.includes(false)) {
    rmSync(dist, { recursive: true, force: true })
    return false
  }
  writeFileSync(join(dist, 'cjs', 'package.json'), '{"type":"commonjs"}\n')
  await inlineLimiter()
  // Last, and with what came out: a build that was cut short or changed by hand is done again.
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, before + distStamp())
  return true
}

function sourcesStamp() {
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.esm.json', 'tsconfig.cjs.json', 'scripts/build.mjs']
  return stampOf([...filesIn(join(root, 'src')), ...settings.map((name) => join(root, name))])
}

function distStamp() {
  return existsSync(dist) ? stampOf(filesIn(dist)) : ''
}

function stampOf(files) {
  const hash = createHash('sha256')
  for (const file of files.toSorted())
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

async function inlineLimiter() {
  const { default: ts } = await import('typescript')
  const { ModuleKind, ScriptTarget } = ts
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true }
  mkdirSync(vendor, { recursive: true })
  const require = createRequire(import.meta.url)
  // yocto-queue is p-limit's dependency, not ours: each is looked up from the one before.
  let from = require
  for (const name of INLINED) {
    const source = from.resolve(name)
    const folder = dirname(source)
    from = createRequire(source)
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions, fileName: source })
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const banner = `// ${name} ${version}, as CommonJS. Its licence: ${name}.license\n`
    writeFileSync(join(vendor, `${name}.js`), banner + outputText)
    copyFileSync(join(folder, 'license'), join(vendor, `${name}.license`))
  }
  for (const file of filesIn(join(dist, 'cjs')).filter((name) => name.endsWith('.js'))) redirectRequires(file)
}

function redirectRequires(file) {
  const text = readFileSync(file, 'utf8')
  const redirected = text.replaceAll(/\brequire\((["'])([^"']+)\1\)/g, (call, _quote, name) => {
    if (!INLINED.includes(name)) return call
    const path = relative(dirname(file), join(vendor, `${name}.js`)).replaceAll('\\', '/')
    return `require("${path.startsWith('.') ? path : `./${path}`}")`
  })
  if (redirected !== text) writeFileSync(file, redirected)
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return otherwise
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = (await build()) ? 0 : 1
