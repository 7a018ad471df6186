import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { link, npmInstall, npmProject } from '../../test/support/npm-project.js'
import type { Side } from './observe.js'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Chunkwise as it is built here. */
export const chunkwise: Side = {
  name: 'Chunkwise',
  driver: 'chunkwise-driver',
  program: {
    file: join(here, 'process.ts'),
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { TSX_TSCONFIG_PATH: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) },
  },
}

const VERSION = '0.2.6'

/** The packages of the other side, with what they want beside them. */
const PACKAGES = [
  `@nest-batch/core@${VERSION}`,
  '@nest-batch/mikro-orm@0.3.4',
  '@mikro-orm/core@6.6.16',
  '@mikro-orm/knex@6.6.16',
  '@mikro-orm/nestjs@6.1.2',
  '@mikro-orm/postgresql@6.6.16',
  '@nestjs/common@11.2.6',
  '@nestjs/core@11.2.6',
  'reflect-metadata@0.2.2',
  'rxjs@7.8.2',
]

/** A side whose packages are installed, until they are removed. */
export interface InstalledSide extends Side {
  remove(): void
}

/** `@nest-batch/core` as npm installs it, in a temporary folder in which the driver is compiled against its types. */
export async function nestBatch(): Promise<InstalledSide> {
  const folder = mkdtempSync(join(tmpdir(), 'chunkwise-conformance-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    cpSync(here, folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "commonjs" }')
    await npmInstall(folder, PACKAGES)
    for (const tool of ['@types/node', '@types/pg']) link(tool, folder)
    await npmProject(folder).tool('typescript', 'tsc', '-p', 'tsconfig.nest-batch.json')
  } catch (error) {
    remove()
    throw error
  }
  return {
    name: `@nest-batch/core ${VERSION}`,
    driver: 'nest-batch-driver',
    program: { file: join(folder, 'compiled/process.js'), execArgv: [], env: {} },
    remove,
  }
}
