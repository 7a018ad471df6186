import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toolFile } from '../../scripts/run.mjs'
import { repository } from './architecture/source-file.js'
import { installedFolder, link, npmInstall, npmProject, type NpmProject, readManifest, run } from './npm-project.js'

/** The package as it would be published, and projects that use it. */
export interface PackedPackage {
  readonly tarball: string
  /** Copies a project of test/consumers, with the contracts that several declare, and installs the package there; `tools` are packages that it uses beside it. */
  consumer(name: string, tools?: readonly string[]): Promise<NpmProject>
  /**
   * The same with packages that this repository does not have: npm installs them from its registry, each given with its
   * exact version, and the package with them.
   */
  installed(name: string, packages: readonly string[], tools?: readonly string[]): Promise<NpmProject>
  remove(): void
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
      const project = copyProject(name, folder)
      await install(tarball, project)
      for (const tool of tools) link(tool, project)
      return npmProject(project)
    },
    async installed(name, packages, tools = []) {
      const project = copyProject(name, folder)
      await npmInstall(project, [tarball, ...packages])
      for (const tool of tools) link(tool, project)
      return npmProject(project)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function copyProject(name: string, folder: string): string {
  const project = mkdtempSync(join(folder, `${name}-`))
  const consumers = join(repository, 'test/consumers')
  cpSync(join(consumers, name), project, { recursive: true })
  cpSync(join(consumers, 'contracts.cjs'), join(project, 'contracts.cjs'))
  return project
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
