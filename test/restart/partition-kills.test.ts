import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { builtPackage } from './built-package.js'
import { CHUNK_SIZE, copyDatabase, ROWS } from './copy-database.js'
import { Random } from './random.js'
import { type Kill, runWorker, superviseToTheEnd } from './supervisor.js'

const COUNT = 8
/** What a partition takes: 25 chunks. */
const CHUNKS = ROWS / COUNT / CHUNK_SIZE
// The heartbeat, and a transaction and a page for each of three partitions.
const order = { concurrency: 1, chunkSize: CHUNK_SIZE, partitions: { count: COUNT, gridSize: 3 }, pool: { max: 7 } }

beforeAll(builtPackage, 120_000)

describe('a process killed while partitions run', () => {
  test('leaves those that have completed alone: its successor runs the others, from their last chunks', async () => {
    const database = await copyDatabase()
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
    const database = await copyDatabase()
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

async function expectAllOnce(pool: pg.Pool): Promise<void> {
  const copied = await pool.query('select count(*)::int as rows, count(distinct id)::int as ids from target')
  expect(copied.rows).toEqual([{ rows: ROWS - ROWS / 5, ids: ROWS - ROWS / 5 }])
  const sums = `sum(read_count)::int as read, sum(write_count)::int as write, sum(commit_count)::int as commit`
  const all = { read: ROWS, write: ROWS - ROWS / 5, commit: COUNT * CHUNKS }
  expect((await pool.query(`select ${sums} from batch_step_execution where step_name like 'copy:%'`)).rows).toEqual([
    all,
  ])
  const last = `select read_count::int as read, write_count::int as write, commit_count::int as commit
    from batch_step_execution where step_name = 'copy' order by step_execution_id desc limit 1`
  expect((await pool.query(last)).rows).toEqual([all])
  // Each has completed once, and was not run again behind that.
  const completed = await pool.query(`select count(*)::int as times, count(distinct step_name)::int as names,
      count(*) filter (where not exists (select from batch_step_execution later
        where later.step_name = s.step_name and later.step_execution_id > s.step_execution_id))::int as last
    from batch_step_execution s where step_name like 'copy:%' and status = 'COMPLETED'`)
  expect(completed.rows).toEqual([{ times: COUNT, names: COUNT, last: COUNT }])
  const found = await statuses(pool)
  expect([...found.keys()].toSorted()).toEqual(
    ['COMPLETED', 'FAILED owner lost', 'STOPPED not started'].filter((key) => found.has(key)),
  )
}

/** How many step executions have which status, with its exit message. */
async function statuses(pool: pg.Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ status: string; count: number }>(
    `select trim(status || ' ' || exit_message) as status, count(*)::int as count from batch_step_execution group by 1`,
  )
  return new Map(rows.map(({ status, count }) => [status, count]))
}
