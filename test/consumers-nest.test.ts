import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toolFile } from '../scripts/run.mjs'
import { packPackage, type PackedPackage } from './support/packed-package.js'

/** The last of each major that is tested. The test module of Nest lags behind. */
const VERSIONS = [
  { major: 10, nest: '10.4.22', testing: '10.4.22', commonJs: true },
  { major: 11, nest: '11.2.6', testing: '11.2.6', commonJs: true },
  // It is ESM only: Node can require it, Jest cannot.
  { major: 12, nest: '12.5.1', testing: '12.1.1', commonJs: false },
]
const JEST_ESM = ['--experimental-vm-modules']

describe('the packed package in an application', { timeout: 240_000 }, () => {
  let packed: PackedPackage

  beforeAll(async () => {
    packed = await packPackage()
  }, 120_000)

  afterAll(() => packed.remove())

  test.each(VERSIONS)('of NestJS $major', async ({ nest, testing, commonJs }) => {
    const packages = [`@nestjs/common@${nest}`, `@nestjs/core@${nest}`, `@nestjs/testing@${testing}`]
    const others = ['rxjs@7.8.2', 'reflect-metadata@0.2.2']
    const consumer = await packed.installed('nest', [...packages, ...others], ['vitest', '@types/node'])
    await expect(consumer.tool('vitest', 'vitest', 'run')).resolves.toMatch(/Tests\s+2 passed/)
    for (const type of commonJs ? ['module', 'commonjs'] : ['module']) {
      consumer.setType(type)
      await expect(consumer.tool('typescript', 'tsc', '-p', '.')).resolves.toBe('')
      await expect(consumer.node('compiled/main.js')).resolves.toBe('COMPLETED\n')
      const flags = type === 'module' ? JEST_ESM : []
      const [first, ...rest] = [...flags, toolFile('jest'), '--ci', '--json']
      const jest = consumer.node(first, ...rest)
      await expect(jest).resolves.toContain('"numPassedTests":2')
    }
  })
})
