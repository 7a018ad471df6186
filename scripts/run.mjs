// Runs the installed tools.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const require = createRequire(import.meta.url)

/** The file that a package runs as command `name`, to be started with Node: no shell, no PATH. */
export function toolFile(packageName, name = packageName) {
  const manifest = packageFile(packageName)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return resolve(dirname(manifest), typeof bin === 'string' ? bin : bin[name])
}

function packageFile(packageName) {
  const found = require.resolve.paths(packageName)?.map((folder) => resolve(folder, packageName, 'package.json'))
  for (const file of found ?? []) {
    try {
      readFileSync(file)
      return file
    } catch {
      continue
    }
  }
  throw new Error(`${packageName} is not installed: run npm ci.`)
}

/**
 * Runs Node on `args` in the repository and keeps quiet unless it fails. Resolves to whether it went well.
 * @param {string} label
 * @param {string[]} args
 */
export async function quietly(label, args) {
  const started = performance.now()
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part))
  const code = await new Promise((done) => child.once('close', done))
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${label}: ${code === 0 ? 'ok' : 'failed'} (${seconds} s)`)
  if (code !== 0) console.log(output.trimEnd())
  return code === 0
}

/** Runs Node on `args` in the repository, its output ours and no input. Resolves to the exit code. */
export async function openly(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  return (await new Promise((done) => child.once('close', done))) ?? 1
}
