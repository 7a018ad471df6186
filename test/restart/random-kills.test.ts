import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from './copy-database.js'
import { EVERYWHERE } from './everywhere.js'
import { Random } from './random.js'
import { randomKills } from './random-kill.js'
import { superviseToTheEnd } from './supervisor.js'

beforeAll(builtPackage, 120_000)

describe.each(EVERYWHERE)('$on, $name', (mode) => {
  const order = { ...mode.order, chunkSize: CHUNK_SIZE }

  test('a job that is killed at random moments and restarted at once writes every row once', async () => {
    const database = await mode.copyDatabase()
    const killed = await superviseToTheEnd({ ...order, url: database.url }, randomKills(new Random()))
    // Which of them came before the end is a matter of chance, but the first one did.
    expect(killed).toBeGreaterThan(0)
    await expectExactlyOnce(database.pool(), order)
  }, 120_000)
})
