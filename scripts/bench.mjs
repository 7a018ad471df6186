// `npm run bench`: measures and prints tables for bench/README.md. `npm run bench -- a b` runs only these parts.
import { build } from './build.mjs'
import { openly, toolFile } from './run.mjs'
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
if (!(await build())) process.exit(1)
process.exitCode = await openly([
  toolFile('tsx'),
  '--tsconfig',
  'bench/tsconfig.json',
  'bench/main.ts',
  ...process.argv.slice(2),
])
