import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { toolFile } from '../../scripts/run.mjs'
import { repository } from './architecture/source-file.js'

/** The package as it would be published, and projects that use it. */
export interface PackedPackage {
  readonly tarball: string
  /** Copies a project of test/consumers, with the contracts that several declare, and installs the package there; `tools` are packages that it uses beside it. */
  consumer(name: string, tools?: readonly string[]): Promise<Consumer>
  /**
   * The same of a project made of several folders, the later ones over the earlier, with packages that this repository does
   * not have: npm installs them from its registry, each given with its exact version, and the package with them.
   */
  installed(parts: readonly string[], packages: readonly string[], tools?: readonly string[]): Promise<Consumer>
  remove(): void
}

/** A project with the package installed. */
export interface Consumer {
  /** Runs a file with Node in the project; rejects with its output when it fails. */
  node(file: string, ...args: readonly string[]): Promise<string>
  /** Writes the `type` of the project's manifest: `module` or `commonjs`. */
  setType(type: string): void
  /** Runs the command of an npm package of this repository in the project. */
  tool(packageName: string, command: string, ...args: readonly string[]): Promise<string>
}

/** Builds and packs the package into a temporary folder. */
export async function packPackage(): Promise<PackedPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'chunkwise-consumers-'))
  await run(repository, process.execPath, ['scripts/build.mjs'])
  const npm = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const [packed] = JSON.parse(await run(repository, 'npm', npm)) as { filename: string }[]
  const tarball = join(folder, packed?.filename ?? '')
  return {
    tarball,
    async consumer(name, tools = []) {
      const project = copyProject([name], folder)
      await install(tarball, project)
      for (const tool of tools) link(tool, project)
      return consumerIn(project)
    },
    async installed(parts, packages, tools = []) {
      const project = copyProject(parts, folder)
      const quiet = [
        '--no-save',
        '--no-package-lock',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        '--prefer-offline',
      ]
      await run(project, 'npm', ['install', ...quiet, tarball, ...packages])
      for (const tool of tools) link(tool, project)
      return consumerIn(project)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function copyProject(parts: readonly string[], folder: string): string {
  const project = mkdtempSync(join(folder, `${parts.at(-1)}-`))
  const consumers = join(repository, 'test/consumers')
  for (const part of parts) cpSync(join(consumers, part), project, { recursive: true })
  cpSync(join(consumers, 'contracts.cjs'), join(project, 'contracts.cjs'))
  return project
}

function consumerIn(project: string): Consumer {
  return {
    node: (file, ...args) => run(project, process.execPath, [file, ...args]),
    setType: (type) => {
      const file = join(project, 'package.json')
      writeFileSync(file, JSON.stringify({ ...readManifest(project), type }))
    },
    tool: (packageName, command, ...args) => run(project, process.execPath, [toolFile(packageName, command), ...args]),
  }
}

/** Runs the command of an npm package of this repository; rejects with its output when it fails. */
export function runTool(packageName: string, command: string, ...args: readonly string[]): Promise<string> {
  return run(repository, process.execPath, [toolFile(packageName, command), ...args])
}

/**
 * Does what `npm install` does with a tarball, without the network: unpacks it, and puts beside it what its manifest
 * declares as dependencies, and theirs. What is not declared is not there.
 */
async function install(tarball: string, project: string): Promise<void> {
  const target = join(project, 'node_modules/chunkwise')
  mkdirSync(target, { recursive: true })
  await run(target, 'tar', ['-xzf', tarball, '--strip-components=1'])
  const waiting: [folder: string, home: string][] = [[target, repository]]
  for (const [folder, home] of waiting) {
    const { dependencies = {} } = readManifest(folder)
    for (const name of Object.keys(dependencies)) {
      const source = installedFolder(name, home)
      const copy = join(project, 'node_modules', name)
      cpSync(source, copy, { recursive: true })
      waiting.push([copy, source])
    }
  }
}

function link(name: string, project: string): void {
  const place = join(project, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(installedFolder(name, repository), place, 'junction')
}

function installedFolder(name: string, from: string): string {
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

function readManifest(folder: string): { dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
}

function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
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
