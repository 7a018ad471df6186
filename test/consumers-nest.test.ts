import { afterAll, beforeAll, describe, test } from 'vitest'
import { expectRunsEverywhere } from './support/application-consumer.js'
import { packPackage, type PackedPackage } from './support/packed-package.js'

/** The last of each major that is tested. The test module of Nest lags behind. */
const VERSIONS = [
  { major: 10, nest: '10.4.22', testing: '10.4.22', commonJs: true },
  { major: 11, nest: '11.2.6', testing: '11.2.6', commonJs: true },
  // It is ESM only: Node can require it, Jest cannot.
  { major: 12, nest: '12.5.1', testing: '12.1.1', commonJs: false },
]

describe('the packed package in an application', { timeout: 240_000 }, () => {
  let packed: PackedPackage

  beforeAll(async () => {
    packed = await packPackage()
  }, 120_000)

  afterAll(() => packed.remove())

  test.each(VERSIONS)('of NestJS $major', async ({ nest, testing, commonJs }) => {
    const packages = [`@nestjs/common@${nest}`, `@nestjs/core@${nest}`, `@nestjs/testing@${testing}`]
    const others = ['rxjs@7.8.2', 'reflect-metadata@0.2.2']
    const parts = ['application', 'nest']
    const consumer = await packed.installed(parts, [...packages, ...others], ['vitest', '@types/node'])
    await expectRunsEverywhere(consumer, { tests: 2, commonJs })
  })
})
