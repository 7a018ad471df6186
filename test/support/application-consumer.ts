import { expect } from 'vitest'
import { toolFile } from '../../scripts/run.mjs'
import type { NpmProject } from './npm-project.js'

/** How an application is run. */
export interface ApplicationRun {
  /** How many tests it has. */
  readonly tests: number
  /** Whether it runs as CommonJS too. */
  readonly commonJs: boolean
}

const JEST_ESM = ['--experimental-vm-modules']

/** Runs an application with its tests: under Vitest, compiled with Node, and compiled under Jest, as ESM and as CommonJS. */
export async function expectRunsEverywhere(consumer: NpmProject, { tests, commonJs }: ApplicationRun): Promise<void> {
  await expect(consumer.tool('vitest', 'vitest', 'run')).resolves.toMatch(new RegExp(`Tests\\s+${tests} passed`))
  for (const type of commonJs ? ['module', 'commonjs'] : ['module']) {
    consumer.setType(type)
    await expect(consumer.tool('typescript', 'tsc', '-p', '.')).resolves.toBe('')
    await expect(consumer.node('compiled/main.js')).resolves.toBe('COMPLETED\n')
    const flags = type === 'module' ? JEST_ESM : []
    const [first, ...rest] = [...flags, toolFile('jest'), '--ci', '--json']
    await expect(consumer.node(first, ...rest)).resolves.toContain(`"numPassedTests":${tests}`)
  }
}
