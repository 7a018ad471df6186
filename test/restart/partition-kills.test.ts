import { beforeAll, describe, expect, test } from 'vitest'
import { type AnyPool, ask } from '../support/sql-databases.js'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, copyDatabase, mysqlCopyDatabase, ROWS } from './copy-database.js'
import { Random } from './random.js'
import { type Kill, runWorker, superviseToTheEnd } from './supervisor.js'

const COUNT = 8
/** What a partition takes: 25 chunks. */
const CHUNKS = ROWS / COUNT / CHUNK_SIZE
// The heartbeat, and a transaction and a page for each of three partitions.
const order = { concurrency: 1, chunkSize: CHUNK_SIZE, partitions: { count: COUNT, gridSize: 3 }, pool: { max: 7 } }

beforeAll(builtPackage, 120_000)

const DATABASES = [
  { on: 'PostgreSQL', make: copyDatabase },
  { on: 'MySQL', make: mysqlCopyDatabase },
] as const

describe.each(DATABASES)('a process killed while partitions run on $on', ({ make }) => {
  test('leaves those that have completed alone: its successor runs the others, from their last chunks', async () => {
    const database = await make()
    const { url } = database
    const rows = database.pool()
    const first = await runWorker({ ...order, url }, { afterChunks: CHUNKS - 1, delay: 5 })
    expect([first.killed, first.said.filter((line) => line === 'asked').length]).toEqual([true, 1])
    const second = await runWorker({ ...order, url })
    expect(second.said).not.toContain('asked')
    expect((await statuses(rows)).get('STOPPED not started')).toBeGreaterThan(0)
    await expectAllOnce(rows)
  })

  test('at random moments, those of its plan too, loses no row and doubles none', async () => {
    const database = await make()
    const { url } = database
    const random = new Random()
    const kills: Kill[] = Array.from({ length: 7 }, (_, index) =>
      index < 4
        ? { afterChunks: undefined, delay: random.between(20, 180) }
        : { afterChunks: random.between(0, 8), delay: 2 },
    )
    expect(await superviseToTheEnd({ ...order, url }, kills), `seed ${random.seed}`).toBeGreaterThan(0)
    await expectAllOnce(database.pool())
  }, 60_000)
})

async function expectAllOnce(pool: AnyPool): Promise<void> {
  const copied = await numbers(pool, 'select count(*) as c, count(distinct id) as ids from target')
  expect(copied).toEqual([ROWS - ROWS / 5, ROWS - ROWS / 5])
  const all = [ROWS, ROWS - ROWS / 5, COUNT * CHUNKS]
  const sums = 'sum(READ_COUNT) as r, sum(WRITE_COUNT) as w, sum(COMMIT_COUNT) as c'
  expect(await numbers(pool, `select ${sums} from BATCH_STEP_EXECUTION where STEP_NAME like 'copy:%'`)).toEqual(all)
  const last = `select READ_COUNT as r, WRITE_COUNT as w, COMMIT_COUNT as c
    from BATCH_STEP_EXECUTION where STEP_NAME = 'copy' order by STEP_EXECUTION_ID desc limit 1`
  expect(await numbers(pool, last)).toEqual(all)
  // Each has completed once, and was not run again behind that.
  const completed = await numbers(
    pool,
    `select count(*) as times, count(distinct STEP_NAME) as names,
        sum(case when exists (select 1 from BATCH_STEP_EXECUTION later where later.STEP_NAME = s.STEP_NAME
          and later.STEP_EXECUTION_ID > s.STEP_EXECUTION_ID) then 0 else 1 end) as last
      from BATCH_STEP_EXECUTION s where STEP_NAME like 'copy:%' and STATUS = 'COMPLETED'`,
  )
  expect(completed).toEqual([COUNT, COUNT, COUNT])
  const found = await statuses(pool)
  expect([...found.keys()].toSorted()).toEqual(
    ['COMPLETED', 'FAILED owner lost', 'STOPPED not started'].filter((key) => found.has(key)),
  )
}

/** The columns of the one row of a query, as numbers. */
async function numbers(pool: AnyPool, sql: string): Promise<readonly number[]> {
  const rows = await ask(pool, sql)
  expect(rows).toHaveLength(1)
  return Object.values(rows[0] ?? {}).map(Number)
}

/** How many step executions have which status, with its exit message. */
async function statuses(pool: AnyPool): Promise<ReadonlyMap<string, number>> {
  const sql = `select trim(concat(STATUS, ' ', EXIT_MESSAGE)) as status, count(*) as times
    from BATCH_STEP_EXECUTION group by STATUS, EXIT_MESSAGE`
  const rows = await ask(pool, sql)
  return new Map(rows.map((row) => [String(row['status']), Number(row['times'])]))
}
