import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, copyDatabase, expectExactlyOnce } from '../restart/copy-database.js'
import { MODES } from '../restart/modes.js'
import { sleepInCommit, untilAsleep } from '../restart/slow-commit.js'
import { startWorker } from '../restart/supervisor.js'
import { Proxy } from './proxy.js'

beforeAll(builtPackage, 120_000)

describe.each(MODES)('$name', ({ order }) => {
  const whole = { ...order, chunkSize: CHUNK_SIZE }

  test('a COMMIT whose answer never comes, and that was done, is found to be done, and the run goes on', async () => {
    const database = await copyDatabase()
    const pool = database.pool()
    await sleepInCommit(pool, 3 * CHUNK_SIZE + 1)
    await using proxy = await Proxy.open(database.url)
    const worker = startWorker({ ...whole, url: proxy.url })
    const pid = await untilAsleep(pool, worker)
    proxy.links.find((link) => link.pid === pid)?.cutClient()
    expect((await worker.ended).outcome).toBe('COMPLETED')
    // One execution, no chunk written twice or rolled back: nothing was guessed, nothing was tried again.
    expect(await executions(pool)).toEqual([{ status: 'COMPLETED', rollbacks: 0 }])
    await expectExactlyOnce(pool, whole)
  })

  test('a COMMIT that the server never did is found not to be done, and the chunk is written again', async () => {
    const database = await copyDatabase()
    const pool = database.pool()
    await sleepInCommit(pool, 3 * CHUNK_SIZE + 1)
    const worker = startWorker({ ...whole, url: database.url, keepGoing: true })
    const pid = await untilAsleep(pool, worker)
    await pool.query('select pg_terminate_backend($1)', [pid])
    expect((await worker.ended).outcome).toBe('COMPLETED')
    expect((await executions(pool)).reduce((sum, { rollbacks }) => sum + rollbacks, 0)).toBe(1)
    await expectExactlyOnce(pool, whole)
  })
})

async function executions(pool: pg.Pool): Promise<readonly { readonly status: string; readonly rollbacks: number }[]> {
  const { rows } = await pool.query<{ status: string; rollbacks: number }>(
    'select status, rollback_count::int as rollbacks from batch_step_execution order by step_execution_id',
  )
  return rows
}
