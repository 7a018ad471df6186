import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packPackage, type PackedPackage, runTool } from './support/packed-package.js'

describe('the packed package', { timeout: 120_000 }, () => {
  let packed: PackedPackage

  beforeAll(async () => {
    packed = await packPackage()
  }, 120_000)

  afterAll(() => packed.remove())

  test('import and require give the same classes, and need no driver', async () => {
    const consumer = await packed.consumer('esm-and-cjs', ['@opentelemetry/api'])
    await expect(consumer.node('import-first.mjs')).resolves.toBe('')
    await expect(consumer.node('require-first.cjs')).resolves.toBe('')
  })

  test('Jest loads it as CommonJS', async () => {
    const consumer = await packed.consumer('jest-cjs', ['@opentelemetry/api'])
    await expect(consumer.tool('jest', 'jest', '--ci', '--json')).resolves.toContain('"numPassedTests":1')
  })

  test('Vitest loads it', async () => {
    const consumer = await packed.consumer('vitest-esm', ['vitest', '@opentelemetry/api'])
    await expect(consumer.tool('vitest', 'vitest', 'run')).resolves.toMatch(/Tests\s+1 passed/)
  })

  test.each(['tsc-nodenext', 'tsc-node10'])('its types resolve: %s', async (name) => {
    const consumer = await packed.consumer(name, ['@types/node', '@opentelemetry/api'])
    await expect(consumer.tool('typescript', 'tsc', '-p', '.')).resolves.toBe('')
  })

  test('publint has nothing to say', async () => {
    await expect(runTool('publint', 'publint', 'run', packed.tarball, '--strict')).resolves.toContain('All good!')
  })

  test('Are The Types Wrong has nothing to say in any of the four modes', async () => {
    await expect(runTool('@arethetypeswrong/cli', 'attw', packed.tarball)).resolves.toContain('No problems found')
  })
})
