import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../run.mjs'
import { optionsPage } from './page.js'
import { publicApi } from './public-api.js'

writeFileSync(join(root, 'docs/reference/options.md'), optionsPage(publicApi()))
