import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from './copy-database.js'
import { EVERYWHERE } from './everywhere.js'
import { Random } from './random.js'
import { type Kill, superviseToTheEnd } from './supervisor.js'

const KILLS = Number(process.env['CHUNKWISE_TEST_KILLS'] ?? 5)

beforeAll(builtPackage, 120_000)

describe.each(EVERYWHERE)('$on, $name', (mode) => {
  const order = { ...mode.order, chunkSize: CHUNK_SIZE }

  test('a job that is killed at random moments and restarted at once writes every row once', async () => {
    const random = new Random()
    const kills = Array.from({ length: KILLS }, () => randomKill(random))
    console.log(`seed ${random.seed}, kills ${kills.map(words).join(', ')}`)
    const database = await mode.copyDatabase()
    const killed = await superviseToTheEnd({ ...order, url: database.url }, kills)
    // Which of them came before the end is a matter of chance, but the first one did.
    expect(killed).toBeGreaterThan(0)
    await expectExactlyOnce(database.pool(), order)
  }, 120_000)
})

/** One in three hits the start of the job, where its predecessor is taken over, the others its chunks. */
function randomKill(random: Random): Kill {
  if (random.between(1, 3) === 1) return { afterChunks: undefined, delay: random.between(0, 250) }
  return { afterChunks: random.between(0, 20), delay: random.between(0, 12) }
}

function words({ afterChunks, delay }: Kill): string {
  return `${delay} ms after ${afterChunks === undefined ? 'the start' : `chunk ${afterChunks}`}`
}
