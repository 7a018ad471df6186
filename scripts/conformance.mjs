// npm run conformance: drives what users rely on against Chunkwise and against @nest-batch/core, which npm installs into a
// temporary folder, and prints the table for bench/conformance/README.md. With words: only the behaviours that have one of
// them in their name.
import { build } from './build.mjs'
import { openly, toolFile } from './run.mjs'
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
if (!(await build())) process.exit(1)
process.exitCode = await openly([
  toolFile('tsx'),
  '--tsconfig',
  'bench/tsconfig.json',
  'bench/conformance/main.ts',
  ...process.argv.slice(2),
])
