import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { toolFile } from '../../scripts/run.mjs'
import { repository } from './architecture/source-file.js'

/** A folder with packages installed, in which Node and tools run. */
export interface NpmProject {
  readonly folder: string
  /** Runs a file with Node in the project; rejects with its output when it fails. */
  node(file: string, ...args: readonly string[]): Promise<string>
  /** Writes the `type` of the project's manifest: `module` or `commonjs`. */
  setType(type: string): void
  /** Runs the command of an npm package of this repository in the project. */
  tool(packageName: string, command: string, ...args: readonly string[]): Promise<string>
}

/** The project in a folder that has a manifest. */
export function npmProject(folder: string): NpmProject {
  return {
    folder,
    node: (file, ...args) => run(folder, process.execPath, [file, ...args]),
    setType: (type) => {
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...readManifest(folder), type }))
    },
    tool: (packageName, command, ...args) => run(folder, process.execPath, [toolFile(packageName, command), ...args]),
  }
}

/** Has npm install packages from its registry, each given with its exact version or as a file; runs no script of theirs. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  await run(folder, 'npm', ['install', ...quiet, ...packages])
}

/** Puts a package that this repository has into a project. */
export function link(name: string, folder: string): void {
  const place = join(folder, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(installedFolder(name, repository), place, 'junction')
}

/** Where a package is installed that somebody in the folder `from` imports. */
export function installedFolder(name: string, from: string): string {
  const folders = createRequire(join(from, 'package.json')).resolve.paths(name) ?? []
  const found = folders.map((folder) => join(folder, name)).find((folder) => hasManifest(folder))
  if (found === undefined) throw new Error(`${name} is not installed: run npm ci.`)
  return found
}

function hasManifest(folder: string): boolean {
  try {
    readManifest(folder)
    return true
  } catch {
    return false
  }
}

/** The manifest of a package or project. */
export function readManifest(folder: string): { dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
}

/** Runs a command; resolves to what it prints, and rejects with that when it fails. */
export function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
  // What this test run sets for itself must not change how a consumer's tools behave.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_|^TEST$/.test(name)))
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...env, NO_COLOR: '1' }, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`))
    })
    child.stdin?.end()
  })
}
