import { afterAll, beforeAll, describe, test } from 'vitest'
import { expectRunsEverywhere } from './support/application-consumer.js'
import { packPackage, type PackedPackage } from './support/packed-package.js'

const NODE_TYPES = '@types/node@20.19.43'

describe('the packed package behind HTTP', { timeout: 240_000 }, () => {
  let packed: PackedPackage

  beforeAll(async () => {
    packed = await packPackage()
  }, 120_000)

  afterAll(() => packed.remove())

  test.each([
    { framework: 'fastify', packages: ['fastify@5.12.8'] },
    { framework: 'express', packages: ['express@5.3.0', '@types/express@5.0.6'] },
  ])('in $framework', async ({ framework, packages }) => {
    const parts = ['application', 'http', framework]
    const consumer = await packed.installed(parts, [...packages, NODE_TYPES], ['vitest'])
    await expectRunsEverywhere(consumer, { tests: 3, commonJs: true })
  })
})
