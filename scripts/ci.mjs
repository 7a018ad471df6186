// Runs `npm test` and prints `N passed, N failed, N skipped` as the last line. The exit code is that of `npm test`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'chunkwise-ci-'))
const report = join(folder, 'report.json')

const { status } = spawnSync('npm', ['test', '--silent'], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, CI: 'true', CHUNKWISE_TEST_REPORT: report },
  shell: process.platform === 'win32',
})
const counts = readCounts()
rmSync(folder, { recursive: true, force: true })
// What fails outside a test (types, lint, a file that does not load) counts as one failure.
const failed = counts.failed === 0 && status !== 0 ? 1 : counts.failed
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`)
process.exitCode = status ?? 1

function readCounts() {
  try {
    const found = JSON.parse(readFileSync(report, 'utf8'))
    const broken = found.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(isFailed))
    return {
      passed: found.numPassedTests,
      failed: found.numFailedTests + broken.length,
      skipped: found.numPendingTests + found.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

function isFailed(assertion) {
  return assertion.status === 'failed'
}
