import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packPackage, type PackedPackage, runTool } from './support/packed-package.js'

/** What Jest and Vitest report as JSON, of it what matters here. */
interface JestReport {
  readonly numPassedTests: number
}

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

  /** What the test kit declares for a repository, a reader and a writer, and a few tests beside it. */
  const CONTRACT_TESTS = 100

  test('Jest loads it as CommonJS, and runs the contracts', async () => {
    const consumer = await packed.consumer('jest-cjs', ['@opentelemetry/api'])
    const report = JSON.parse(await consumer.tool('jest', 'jest', '--ci', '--json')) as JestReport
    expect(report).toMatchObject({ numFailedTests: 0, numPassedTestSuites: 2 })
    expect(report.numPassedTests).toBeGreaterThan(CONTRACT_TESTS)
  })

  test('Vitest loads it, and runs the contracts', async () => {
    const consumer = await packed.consumer('vitest-esm', ['vitest', '@opentelemetry/api'])
    const report = JSON.parse(await consumer.tool('vitest', 'vitest', 'run', '--reporter=json')) as JestReport
    expect(report).toMatchObject({ numFailedTests: 0, numFailedTestSuites: 0 })
    expect(report.numPassedTests).toBeGreaterThan(CONTRACT_TESTS)
  })

  test('node:test runs the contracts', async () => {
    const consumer = await packed.consumer('node-test')
    const report = await consumer.node('--test', '--test-reporter=tap')
    expect(report).toMatch(/^# fail 0$/m)
    expect(Number(/^# pass (\d+)$/m.exec(report)?.[1])).toBeGreaterThan(CONTRACT_TESTS)
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
