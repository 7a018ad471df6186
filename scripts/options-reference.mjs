// npm run docs:options: writes docs/reference/options.md from the doc comments of src.
import { ensureInstalled } from './setup.mjs'

ensureInstalled()
const { openly, toolFile } = await import('./run.mjs')

process.exitCode = await openly([toolFile('tsx'), 'scripts/options-reference/main.ts'])
