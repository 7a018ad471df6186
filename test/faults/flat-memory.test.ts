import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type pg from 'pg'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from '../restart/built-package.js'
import { freshDatabase } from '../support/databases.js'
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

  test('pass from table to table, and no more are read ahead than is said', async () => {
    const database = await freshDatabase()
    const pool = database.pool()
    await fill(pool)
    expectAll(await flood({ items: ITEMS, chunkSize: CHUNK_SIZE, concurrency: CONCURRENCY, url: database.url }))
    const { rows } = await pool.query('select count(*)::int as rows, count(distinct id)::int as ids from target')
    expect(rows).toEqual([{ rows: ITEMS, ids: ITEMS }])
  }, 1_200_000)
})

test(`${REFUSED} rows that the database refuses are skipped in a heap of 64 MB, which cannot hold them`, async () => {
  const database = await freshDatabase()
  const pool = database.pool()
  const items = 2 * REFUSED
  await fill(pool, items, `case when i % 2 = 0 then ${REFUSED_SIZE} else 100 end`)
  await pool.query('alter table target add check (id % 2 <> 0)')
  await pool.query('create unlogged table dead (id bigint, phase text)')
  const order = { items, chunkSize: REFUSED_CHUNK, concurrency: CONCURRENCY, url: database.url, refusesEach: 2 }
  const { status, counts, mostAhead } = await flood(order)
  expect(status).toBe('COMPLETED')
  expect(counts).toMatchObject({ read: items, write: REFUSED, writeSkip: REFUSED })
  expect(mostAhead).toBeLessThanOrEqual((2 * CONCURRENCY + 1) * REFUSED_CHUNK)
  for (const table of ['target', 'dead']) {
    const { rows } = await pool.query(`select count(*)::int as rows, count(distinct id)::int as ids from ${table}`)
    expect(rows, table).toEqual([{ rows: REFUSED, ids: REFUSED }])
  }
}, 1_200_000)

async function fill(pool: pg.Pool, items = ITEMS, size = '100'): Promise<void> {
  await new PostgresJobRepository({ pool }).initializeSchema()
  await pool.query('create table source (id bigint not null, payload text not null)')
  await pool.query('create unlogged table target (id bigint, payload text)')
  await pool.query(
    `insert into source select i, rpad('row ' || i || ' ', ${size}, 'x') from generate_series(1, ${items}) as i`,
  )
  await pool.query('alter table source add primary key (id)')
  await pool.query('analyze source')
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
