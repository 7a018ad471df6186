import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, copyDatabase, expectExactlyOnce } from '../restart/copy-database.js'
import { Random } from '../restart/random.js'
import { startWorker, type WorkerOrder } from '../restart/supervisor.js'
import { watchLiveExecutions } from './live-executions.js'
import { long } from './long-form.js'
import { MODES } from '../restart/modes.js'
import { type Link, Proxy } from './proxy.js'

const FAULTS = long ? 200 : 20
/** At most so many statements lie between two faults, so that all of them happen before the job is done. */
const GAP = long ? 8 : 60
/** Longer than any statement takes, shorter than the patience of a test. */
const QUERY_TIMEOUT = 1_000

/** What happens to the connection of an unlucky statement. */
const FAULTS_BY_NAME: Readonly<Record<string, (link: Link) => 'hold' | 'swallow' | Promise<'hold' | 'pass'>>> = {
  'is cut before a statement': (link) => {
    link.cut()
    return 'hold'
  },
  'is cut after a statement, before its answer': (link) => {
    void link.swallowed.then(() => link.cut())
    return 'swallow'
  },
  'is slow': () => delay(30, 'pass' as const),
}

beforeAll(builtPackage, 120_000)

describe.each(MODES)('$name', ({ order }) => {
  const whole = { ...order, chunkSize: CHUNK_SIZE, keepGoing: true }

  test.each(Object.keys(FAULTS_BY_NAME))(
    'nothing is lost or doubled when a connection %s',
    async (name) => {
      const random = new Random()
      console.log(`seed ${random.seed}`)
      const database = await copyDatabase()
      const watch = watchLiveExecutions(database.pool({ max: 1 }))
      await using proxy = await Proxy.open(database.url)
      let faults = 0
      let due = random.between(1, GAP)
      proxy.reset(({ number, link }) => {
        if (number < due || faults === FAULTS) return 'pass'
        faults++
        due = number + random.between(1, GAP)
        return FAULTS_BY_NAME[name]?.(link) ?? 'pass'
      })
      await completed({ ...whole, url: proxy.url })
      expect(faults).toBe(FAULTS)
      expect((await watch.stop()).most).toBe(1)
      await expectExactlyOnce(database.pool(), whole)
    },
    120_000,
  )

  test('a connection that is half open is given up after the host’s query timeout, and nothing is lost or doubled', async () => {
    const database = await copyDatabase()
    await using proxy = await Proxy.open(database.url)
    let frozen: Link | undefined
    proxy.reset(({ text, link }) => {
      if (frozen !== undefined || !text.includes('INSERT INTO "target"')) return 'pass'
      frozen = link
      link.freeze()
      // The server's keepalive finds out later than the process does.
      void delay(1.5 * QUERY_TIMEOUT).then(() => link.cut())
      return 'hold'
    })
    await completed({ ...whole, url: proxy.url, pool: { ...order.pool, query_timeout: QUERY_TIMEOUT } })
    expect(frozen).toBeDefined()
    await expectExactlyOnce(database.pool(), whole)
  }, 60_000)

  test.each([0, 100])(
    'a host that takes all connections for itself for a while does no harm (wait of %i ms)',
    async (wait) => {
      const database = await copyDatabase()
      const pool = { max: 4, ...order.pool, connectionTimeoutMillis: wait }
      const said = await completed({ ...whole, url: database.url, pool, exhaustAfter: 3 })
      expect(said).toContain('exhausted')
      await expectExactlyOnce(database.pool(), whole)
    },
    60_000,
  )
})

/** Runs a worker that must live until its job is COMPLETED. */
async function completed(order: WorkerOrder): Promise<readonly string[]> {
  const { outcome, said } = await startWorker(order).ended
  expect(outcome, said.slice(-5).join('\n')).toBe('COMPLETED')
  return said
}
