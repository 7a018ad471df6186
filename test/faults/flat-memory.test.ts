import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { type AnyPool, ask, isMysql, SQL_DATABASES } from '../support/sql-databases.js'
import { long } from './long-form.js'

/** Of more than 100 bytes each: held in memory, they would need more than there is. */
const ITEMS = long ? 10_000_000 : 1_000_000
const CHUNK_SIZE = 1_000
const CONCURRENCY = 4
/** Those in processing and those that wait for their turn to commit, and the one that is being read. */
const MOST_AHEAD = (2 * CONCURRENCY + 1) * CHUNK_SIZE

/** Rows that the database refuses: every second one, 100 MB of them in all. */
const REFUSED = long ? 100_000 : 2_000
const REFUSED_SIZE = 100_000_000 / REFUSED
const REFUSED_CHUNK = long ? 100 : 25

/** How a flood is run. */
interface FloodOrder {
  readonly items: number
  readonly chunkSize: number
  readonly concurrency: number
  readonly url?: string
  /** Each item of so many is bad, and is skipped. Default: none. */
  readonly badEach?: number
  /** The database refuses each row of so many, and it is skipped. Default: none. */
  readonly refusesEach?: number
}

/** What came of it. */
interface FloodReport {
  readonly status: string
  readonly counts: {
    readonly read: number
    readonly write: number
    readonly processSkip: number
    readonly writeSkip: number
  }
  /** The most items that were read and not yet written. */
  readonly mostAhead: number
  /** How many dead letters were written. */
  readonly letters: number
}

const file = fileURLToPath(new URL('./flood.mjs', import.meta.url))

beforeAll(builtPackage, 120_000)

describe(`${ITEMS} items in a heap of 64 MB`, () => {
  test('pass through memory, and no more are read ahead than is said', async () => {
    expectAll(await flood({ items: ITEMS, chunkSize: CHUNK_SIZE, concurrency: CONCURRENCY }))
  }, 600_000)

  test('pass through memory when one in ten is bad, and each of those is skipped', async () => {
    const report = await flood({ items: ITEMS, chunkSize: CHUNK_SIZE, concurrency: CONCURRENCY, badEach: 10 })
    expectAll(report, ITEMS / 10)
    expect(report.letters).toBe(ITEMS / 10)
  }, 600_000)

  test.each(SQL_DATABASES)(
    'pass on $on from table to table, and no more are read ahead than is said',
    async ({ make }) => {
      const database = await make()
      const pool = database.pool()
      await fill(pool)
      expectAll(await flood({ items: ITEMS, chunkSize: CHUNK_SIZE, concurrency: CONCURRENCY, url: database.url }))
      await expectRows(pool, 'target', ITEMS)
    },
    1_200_000,
  )
})

test.each(SQL_DATABASES)(
  `${REFUSED} rows that the database refuses on $on are skipped in a heap of 64 MB, which cannot hold them`,
  async ({ make }) => {
    const database = await make()
    const pool = database.pool()
    const items = 2 * REFUSED
    await fill(pool, items, `case when i % 2 = 0 then ${REFUSED_SIZE} else 100 end`)
    await ask(pool, 'alter table target add check (id % 2 <> 0)')
    await ask(pool, 'create table dead (id bigint, phase varchar(20))')
    const order = { items, chunkSize: REFUSED_CHUNK, concurrency: CONCURRENCY, url: database.url, refusesEach: 2 }
    const { status, counts, mostAhead } = await flood(order)
    expect(status).toBe('COMPLETED')
    expect(counts).toMatchObject({ read: items, write: REFUSED, writeSkip: REFUSED })
    expect(mostAhead).toBeLessThanOrEqual((2 * CONCURRENCY + 1) * REFUSED_CHUNK)
    for (const table of ['target', 'dead']) await expectRows(pool, table, REFUSED)
  },
  1_200_000,
)

/** Expects that a table has so many rows, each with an id of its own. */
async function expectRows(pool: AnyPool, table: string, count: number): Promise<void> {
  const [row] = await ask(pool, `select count(*) as times, count(distinct id) as ids from ${table}`)
  expect([Number(row?.['times']), Number(row?.['ids'])], table).toEqual([count, count])
}

async function fill(pool: AnyPool, items = ITEMS, size = '100'): Promise<void> {
  const text = isMysql(pool) ? 'mediumtext' : 'text'
  await ask(pool, `create table source (id bigint not null primary key, payload ${text} not null)`)
  await ask(pool, `create ${isMysql(pool) ? '' : 'unlogged'} table target (id bigint, payload ${text})`)
  await ask(pool, 'create table n (d int)')
  await ask(pool, `insert into n values ${Array.from({ length: 1_000 }, (_, d) => `(${d})`).join()}`)
  // A thousand million at most.
  const all = `select 1 + a.d + 1000 * b.d + 1000000 * c.d as i from n c cross join n b cross join n a
    where 1000000 * c.d < ${items} and 1000 * b.d + 1000000 * c.d < ${items}`
  await ask(
    pool,
    `insert into source select i, rpad(concat('row ', i, ' '), ${size}, 'x') from (${all}) s where i <= ${items}`,
  )
  await ask(pool, isMysql(pool) ? 'analyze table source' : 'analyze source')
}

async function flood(order: FloodOrder): Promise<FloodReport> {
  const args = ['--max-old-space-size=64', file, JSON.stringify(order)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as FloodReport
}

function expectAll({ status, counts, mostAhead }: FloodReport, processSkip = 0): void {
  expect(status).toBe('COMPLETED')
  expect(counts).toMatchObject({ read: ITEMS, write: ITEMS - processSkip, processSkip })
  expect(mostAhead).toBeGreaterThan(0)
  expect(mostAhead).toBeLessThanOrEqual(MOST_AHEAD)
}
