import { beforeAll, describe, expect, test } from 'vitest'
import { behaviours } from '../bench/conformance/behaviours.js'
import { LIMIT, observe } from '../bench/conformance/observe.js'
import { chunkwise } from '../bench/conformance/sides.js'
import { builtPackage } from './restart/built-package.js'
import { freshDatabase } from './support/databases.js'

describe('Chunkwise does what the comparison says of it', { timeout: (LIMIT + 30) * 1000 }, () => {
  beforeAll(builtPackage, 120_000)

  test.each(behaviours)('$name', async (behaviour) => {
    expect(await observe(behaviour, chunkwise, freshDatabase)).toEqual({ verdict: 'yes' })
  })
})
