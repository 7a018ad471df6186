import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PrivateServer } from '../../scripts/private-server.mjs'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from '../restart/copy-database.js'
import { type AnyPool, ask } from '../support/sql-databases.js'
import { MODES } from '../restart/modes.js'
import { runWorker, startWorker } from '../restart/supervisor.js'
import { type HeldCommit, holdCommit } from './held-commit.js'
import { type OwnDatabase, SERVERS } from './own-server.js'
import { Proxy } from './proxy.js'

/** So long the server works on while the outcome is asked for, in milliseconds. */
const WORK = 300

beforeAll(builtPackage, 120_000)

describe.each(SERVERS)('$on', (kind) => {
  let server: PrivateServer
  let database: OwnDatabase
  let proxy: Proxy
  let commit: HeldCommit

  beforeAll(async () => {
    server = await kind.start()
    return () => server.stop()
  }, 120_000)

  describe.each(MODES)('$name', ({ order }) => {
    const whole = { ...order, chunkSize: CHUNK_SIZE }

    beforeEach(async () => {
      database = await kind.copyDatabase(server)
      proxy = await Proxy.open(database.url)
      commit = await holdCommit(database, proxy)
      return async () => {
        await database.pool.end()
        await proxy.close()
      }
    })

    test('a COMMIT whose answer never comes, and that was done, is found to be done, and the run goes on', async () => {
      const worker = startWorker({ ...whole, url: proxy.url })
      const session = await commit.under(worker)
      proxy.links.find((link) => link.pid === session)?.cutClient()
      await delay(WORK)
      await commit.release()
      expect((await worker.ended).outcome).toBe('COMPLETED')
      // One execution, no chunk written twice or rolled back: nothing was guessed, nothing was tried again.
      expect(await executions(database.pool)).toEqual([{ status: 'COMPLETED', rollbacks: 0 }])
      await expectExactlyOnce(database.pool, whole)
    })

    test('a COMMIT that the server never did is found not to be done, and the chunk is written again', async () => {
      const worker = startWorker({ ...whole, url: proxy.url, keepGoing: true })
      const session = await commit.under(worker)
      await database.end(session)
      await gone(database, session)
      await commit.release()
      expect((await worker.ended).outcome).toBe('COMPLETED')
      expect((await executions(database.pool)).reduce((sum, { rollbacks }) => sum + rollbacks, 0)).toBe(1)
      await expectExactlyOnce(database.pool, whole)
    })

    test('a process killed while the server works on its COMMIT leaves the chunk whole or not at all', async () => {
      const worker = startWorker({ ...whole, url: proxy.url, holdAt: 10 })
      await commit.under(worker)
      worker.signal('SIGKILL')
      expect((await worker.ended).killed).toBe(true)
      const successor = runWorker({ ...whole, url: database.url })
      await delay(WORK)
      await commit.release()
      await successor
      await expectExactlyOnce(database.pool, whole)
    })
  })
})

async function gone(database: OwnDatabase, session: number): Promise<void> {
  while ((await database.sessions()).includes(session)) await delay(5)
}

async function executions(pool: AnyPool): Promise<readonly { readonly status: unknown; readonly rollbacks: number }[]> {
  const rows = await ask(
    pool,
    'select STATUS as status, ROLLBACK_COUNT as rollbacks from BATCH_STEP_EXECUTION order by STEP_EXECUTION_ID',
  )
  return rows.map(({ status, rollbacks }) => ({ status, rollbacks: Number(rollbacks) }))
}
