import { setImmediate } from 'node:timers/promises'
import { addCounts, chunkStep, job, JobOperator, PoolTaskExecutor } from 'chunkwise'
import { PostgresBatchItemWriter, PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'
import { beforeEach, expect, test } from 'vitest'
import { commitGate, cutter } from '../../support/commit-gate.js'
import { freshDatabase } from '../../support/databases.js'

interface Row {
  readonly id: number
  readonly name: string
}

const ROWS = 20_000
const database = await freshDatabase()
const pool = database.pool({ max: 28 })
const repository = new PostgresJobRepository({ pool })
await repository.initializeSchema()
await pool.query(`CREATE TABLE source (id int PRIMARY KEY, name text NOT NULL);
  INSERT INTO source SELECT i, 'name ' || i FROM generate_series(1, ${ROWS}) AS i;
  CREATE TABLE target (id int NOT NULL, name text NOT NULL)`)

beforeEach(() => pool.query('TRUNCATE target'))

const reader = () =>
  new PostgresPagingItemReader<Row>({ pool, select: 'id, name', from: 'source', sortKeys: { id: 'asc' } })
const writer = () => new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id', 'name'] })

async function differences(): Promise<unknown> {
  const { rows } = await pool.query(`SELECT (SELECT count(*)::int FROM target) AS count,
    (SELECT count(*)::int FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM target) AS d) AS missing,
    (SELECT count(*)::int FROM batch_step_range) AS ledger`)
  return rows[0]
}

test('24 chunks at once commit in any order, and a restart reads exactly the gaps that a failure has left', async () => {
  let failing = true
  let inFlight = 0
  let most = 0
  const seen: number[] = []
  const copy = chunkStep('copy', {
    chunkSize: 100,
    reader,
    processor: async (row: Row) => {
      most = Math.max(most, ++inFlight)
      seen.push(row.id)
      for (let turn = 0; turn < row.id % 7; turn++) await setImmediate()
      inFlight--
      if (failing && row.id === ROWS / 2) throw new Error('half-way')
      return row
    },
    writer: writer(),
    taskExecutor: new PoolTaskExecutor({ corePoolSize: 24 }),
    commitOrder: 'any',
  })
  const copyJob = job('any-order').start(copy).build()
  await using operator = new JobOperator({ repository, jobs: [copyJob] })

  const failed = await operator.run(copyJob)
  expect(failed.status).toBe('FAILED')
  const committed = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM target')
  const first = failed.stepExecutions[0]
  expect(first?.counts.write).toBe(committed.rows[0]?.count)
  failing = false
  seen.length = 0
  const completed = await operator.run(copyJob)
  expect(completed.failures).toEqual([])
  expect(completed.status).toBe('COMPLETED')

  expect(most).toBe(24)
  expect(await differences()).toEqual({ count: ROWS, missing: 0, ledger: 0 })
  const second = completed.stepExecutions[0]
  // Exactly the gaps: nothing that was committed is processed again.
  expect(seen).toHaveLength(second?.counts.read ?? -1)
  expect(new Set(seen).size).toBe(seen.length)
  const sum = addCounts(first!.counts, second!.counts)
  expect(sum).toMatchObject({ read: ROWS, write: ROWS, commit: ROWS / 100 })
  const stored = await repository.getStepExecution(first!.id)
  expect(stored?.counts).toEqual(first?.counts)
  expect(second?.guarantee).toBe('exactly-once')
})

test('a chunk commits while the transaction of one before it is open', async () => {
  const rows = writer()
  const overlap = chunkStep('overlap', {
    chunkSize: 10,
    reader: () =>
      new PostgresPagingItemReader<Row>({
        pool,
        select: 'id, name',
        from: 'source',
        where: 'id <= 40',
        sortKeys: { id: 'asc' },
      }),
    writer: {
      transactional: true,
      pool,
      async write(items: readonly Row[], context) {
        await rows.write(items, context)
        // Would wait for ever if one transaction was open at a time.
        const behind = 'SELECT 1 FROM target WHERE id = 11'
        if (items[0]?.id === 1) while ((await pool.query(behind)).rowCount === 0) await setImmediate()
      },
    },
    concurrency: 2,
    commitOrder: 'any',
  })
  const overlapJob = job('overlap').start(overlap).build()
  await using operator = new JobOperator({ repository })
  const execution = await operator.run(overlapJob)
  expect(execution.failures).toEqual([])
  expect(execution.stepExecutions[0]?.counts).toMatchObject({ read: 40, write: 40, commit: 4 })
})

test('a step goes on in any order where it has stopped in read order, and back when it has no gaps', async () => {
  const failAt = { id: 1_000 }
  const build = (commitOrder: 'read' | 'any', concurrency: number) => {
    const step = chunkStep('changing', {
      chunkSize: 100,
      reader,
      processor: (row: Row) => {
        if (row.id === failAt.id) throw new Error(`at ${row.id}`)
        return row
      },
      writer: writer(),
      concurrency,
      commitOrder,
    })
    return job('changing').start(step).build()
  }
  await using operator = new JobOperator({ repository })
  const inReadOrder = await operator.run(build('read', 4))
  expect(String(inReadOrder.failures[0])).toContain('at 1000')
  failAt.id = 9_050
  // One chunk at a time leaves no gap.
  const inAnyOrder = await operator.run(build('any', 1))
  expect(String(inAnyOrder.failures[0])).toContain('at 9050')
  expect(inAnyOrder.stepExecutions[0]?.counts).toMatchObject({ read: 8_100, commit: 81 })
  failAt.id = 0
  expect((await operator.run(build('read', 4))).status).toBe('COMPLETED')
  expect(await differences()).toEqual({ count: ROWS, missing: 0, ledger: 0 })
})

for (const loss of ['committed', 'rolled back'] as const) {
  test(`a chunk whose connection is lost at its commit, which was ${loss}, is written once`, async () => {
    const it = await freshDatabase()
    const watching = it.pool({ max: 4 })
    const ours = it.pool({ max: 4 })
    const cut = cutter(ours)
    const own = new PostgresJobRepository({ pool: ours })
    await own.initializeSchema()
    await watching.query('CREATE TABLE source AS SELECT i AS id FROM generate_series(1, 40) AS i')
    await watching.query('CREATE TABLE target (id int)')
    const copy = chunkStep('copy', {
      chunkSize: 10,
      reader: () =>
        new PostgresPagingItemReader<{ id: number }>({
          pool: ours,
          select: 'id',
          from: 'source',
          sortKeys: { id: 'asc' },
        }),
      writer: new PostgresBatchItemWriter<{ id: number }>({ pool: ours, table: 'target', columns: ['id'] }),
      commitOrder: 'any',
    })
    await using operator = new JobOperator({ repository: own })
    const gate = await commitGate(watching, 'batch_step_range')
    const running = operator.run(job('copy').start(copy).build())
    const pid = await gate.waiting()
    if (loss === 'committed') cut(pid)
    else await watching.query('SELECT pg_terminate_backend($1)', [pid])
    await gate.open()
    const execution = await running
    expect(execution.failures).toEqual([])
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ read: 40, write: 40, commit: 4 })
    const { rows } = await watching.query('SELECT count(*)::int, count(DISTINCT id)::int AS ids FROM target')
    expect(rows).toEqual([{ count: 40, ids: 40 }])
  })
}
