import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, expectExactlyOnce, poison, POISONED, type Refused } from '../restart/copy-database.js'
import { EVERYWHERE } from '../restart/everywhere.js'
import { Random } from '../restart/random.js'
import { runWorker } from '../restart/supervisor.js'
import { long } from './long-form.js'
import { Proxy } from './proxy.js'
import { chooseKills, killedAt, printKills } from './statement-kill.js'

/** A search of a chunk with two bad rows sends about as many statements that set a savepoint or return to one. */
const PROBES = 30

beforeAll(builtPackage, 120_000)

/** MySQL checks a row when it is written: no search there begins with a COMMIT. */
const REFUSED: Readonly<Record<'PostgreSQL' | 'MySQL', readonly Refused[]>> = {
  PostgreSQL: ['at once', 'at commit'],
  MySQL: ['at once'],
}

describe.each(EVERYWHERE)('$on, $name', ({ on, order, copyDatabase }) => {
  test.each(REFUSED[on])(
    'a process killed between the probes of a search for rows refused %s skips each once and loses none',
    async (refused) => {
      const random = new Random()
      const kills = chooseKills(random, PROBES, long ? 30 : 2)
      printKills(random, kills)
      const database = await copyDatabase()
      const pool = database.pool()
      await poison(pool, refused)
      await using proxy = await Proxy.open(database.url)
      const whole = { ...order, chunkSize: CHUNK_SIZE, url: database.url, skipLimit: POISONED }
      const isProbe = (text: string): boolean => /savepoint/i.test(text)
      for (const kill of kills)
        expect(await killedAt(proxy, whole, kill, isProbe), `${kill.when} ${kill.at}`).toBe(true)
      await runWorker(whole)
      await expectExactlyOnce(pool, whole)
    },
    600_000,
  )
})
