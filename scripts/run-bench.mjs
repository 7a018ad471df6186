// Runs a file of bench/ against the built package, with the words of the command line.
import { build } from './build.mjs'
import { openly, toolFile } from './run.mjs'
import { ensureInstalled } from './setup.mjs'

/** Installs and builds what is missing, then runs it. @param {string} file of bench/ */
export async function runBench(file) {
  ensureInstalled()
  if (!(await build())) process.exit(1)
  const words = process.argv.slice(2)
  process.exitCode = await openly([toolFile('tsx'), '--tsconfig', 'bench/tsconfig.json', `bench/${file}`, ...words])
}
