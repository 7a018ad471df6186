import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import * as chunkwise from 'chunkwise'
import * as testing from 'chunkwise/testing'

createRequire(import.meta.url)('./contracts.cjs')({ describe, it }, chunkwise, testing)
