// npm run test:faults: the long forms of the tests that break things on purpose: every statement, more faults, more rows.
// npm run test:faults -- <args>: only `vitest run <args>`.
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
const { build } = await import('./build.mjs')
const { openly, toolFile } = await import('./run.mjs')

process.env.CHUNKWISE_TEST_FAULTS = 'long'
process.env.CHUNKWISE_TEST_KILLS ??= '20'
const args = process.argv.slice(2)
const files = args.length === 0 ? ['test/faults', 'test/restart'] : args
process.exitCode = (await build()) ? await openly([toolFile('vitest'), 'run', ...files]) : 1
