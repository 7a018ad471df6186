import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { expectExactlyOnce } from '../restart/copy-database.js'
import { EVERYWHERE } from '../restart/everywhere.js'
import { Random } from '../restart/random.js'
import { runWorker } from '../restart/supervisor.js'
import { watchLiveExecutions } from './live-executions.js'
import { long } from './long-form.js'
import { Proxy } from './proxy.js'
import { chooseKills, killedAt, printKills } from './statement-kill.js'

/** Small, so that the job outlives a hundred and twenty processes. */
const CHUNK_SIZE = 20

beforeAll(builtPackage, 120_000)

describe.each(EVERYWHERE)('$on, $name', ({ order, copyDatabase }) => {
  test('a process killed at its n-th statement, n from 1 to 60, loses and doubles nothing', async () => {
    const random = new Random()
    const kills = chooseKills(random, 60, long ? undefined : 6)
    printKills(random, kills)
    const database = await copyDatabase()
    await using proxy = await Proxy.open(database.url)
    const watch = watchLiveExecutions(database.pool())
    const whole = { ...order, chunkSize: CHUNK_SIZE, url: database.url }
    for (const kill of kills) expect(await killedAt(proxy, whole, kill), `${kill.when} ${kill.at}`).toBe(true)
    await runWorker(whole)
    const { most, looks } = await watch.stop()
    expect(most).toBe(1)
    expect(looks).toBeGreaterThan(kills.length)
    await expectExactlyOnce(database.pool(), whole)
  }, 600_000)
})
