// npm test: installs what is missing, checks types and style, builds, and runs every test.
// npm test -- <args>: only `vitest run <args>`.
// CHUNKWISE_TEST_REPORT names a file for Vitest's report as JSON.
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
const { build } = await import('./build.mjs')
const { openly, quietly, toolFile } = await import('./run.mjs')

const args = process.argv.slice(2)
process.exitCode = args.length === 0 ? await everything() : await vitest(args)

async function everything() {
  const paths = ['src', 'test', 'examples', 'scripts', 'bench']
  // Each must run, whatever the others say: one run shows all there is to mend. Two at once, as there are two cores.
  const checks = [
    await Promise.all([
      quietly('types', [toolFile('typescript', 'tsc'), '-p', 'tsconfig.json', '--noEmit']),
      quietly('format', [toolFile('oxfmt'), '--check', ...paths]),
    ]),
    // Before the linter, which reads the types of `chunkwise` where examples and bench import it.
    await build(),
    await quietly('lint', [toolFile('oxlint'), '--type-aware', ...paths]),
  ].flat()
  const code = await vitest([])
  return checks.includes(false) ? 1 : code
}

function vitest(extra) {
  const report = process.env.CHUNKWISE_TEST_REPORT
  const reporters = report === undefined ? [] : ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return openly([toolFile('vitest'), 'run', ...reporters, ...extra])
}
