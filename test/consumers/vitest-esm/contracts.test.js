import { createRequire } from 'node:module'
import * as chunkwise from 'chunkwise'
import * as testing from 'chunkwise/testing'
import { describe, it } from 'vitest'

createRequire(import.meta.url)('./contracts.cjs')({ describe, it }, chunkwise, testing)
