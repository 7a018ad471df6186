import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { CHUNK_SIZE, expectExactlyOnce } from '../restart/copy-database.js'
import { EVERYWHERE } from '../restart/everywhere.js'
import { Random } from '../restart/random.js'
import { startWorker, type WorkerOrder } from '../restart/supervisor.js'
import { watchLiveExecutions } from './live-executions.js'
import { long } from './long-form.js'
import { type Link, Proxy } from './proxy.js'

const FAULTS = long ? 200 : 12
/** At most so many statements lie between two faults, so that all of them happen before the job is done. */
const GAP = long ? 8 : 60
/** Longer than any statement takes, and any chunk, shorter than the patience of a test. */
const PATIENCE = 1_000

/** What makes a statement without an answer fail: pg has an option for that, with mysql2 it is the step's timeout. */
const GIVES_UP = {
  PostgreSQL: { pool: { query_timeout: PATIENCE } },
  MySQL: { chunkTimeout: PATIENCE },
} as const

/** How a pool whose connections are all taken may be set up: whoever wants one waits, or, the harder case, is refused. */
const FULL_POOLS: Readonly<Record<'PostgreSQL' | 'MySQL', readonly NonNullable<WorkerOrder['pool']>[]>> = {
  PostgreSQL: [{ connectionTimeoutMillis: 0 }, { connectionTimeoutMillis: 100 }],
  MySQL: [{ waitForConnections: true }, { waitForConnections: false }],
}

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
  ...(long && { 'is slow': () => delay(30, 'pass' as const) }),
}

beforeAll(builtPackage, 120_000)

describe.each(EVERYWHERE)('$on, $name', ({ on, order, copyDatabase }) => {
  const whole = { ...order, chunkSize: CHUNK_SIZE, keepGoing: true }

  test.each(Object.keys(FAULTS_BY_NAME))(
    'nothing is lost or doubled when a connection %s',
    async (name) => {
      const random = new Random()
      console.log(`seed ${random.seed}`)
      const database = await copyDatabase()
      const watch = watchLiveExecutions(database.pool())
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

  test('a connection that is half open is given up when it is too late, and nothing is lost or doubled', async () => {
    const database = await copyDatabase()
    await using proxy = await Proxy.open(database.url)
    let frozen: Link | undefined
    proxy.reset(({ text, link }) => {
      if (frozen !== undefined || !/^insert into .?target/i.test(text)) return 'pass'
      frozen = link
      link.freeze()
      // The server's keepalive finds out later than the process does.
      void delay(1.5 * PATIENCE).then(() => link.cut())
      return 'hold'
    })
    const { pool, ...rest } = { pool: {}, ...GIVES_UP[on] }
    await completed({ ...whole, ...rest, url: proxy.url, pool: { ...order.pool, ...pool } })
    expect(frozen).toBeDefined()
    await expectExactlyOnce(database.pool(), whole)
  }, 60_000)

  test.each(FULL_POOLS[on].slice(long ? 0 : 1))(
    'a host that takes all connections for itself for a while does no harm (%o)',
    async (full) => {
      const database = await copyDatabase()
      const pool = { max: 4, ...order.pool, ...full }
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
