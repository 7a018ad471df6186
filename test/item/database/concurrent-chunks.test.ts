import { setImmediate } from 'node:timers/promises'
import { type ItemReader, job, chunkStep, JobOperator, PoolTaskExecutor } from 'chunkwise'
import {
  PostgresBatchItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresPagingItemReader,
  type PgPool,
} from 'chunkwise/postgres'
import { expect, test } from 'vitest'
import { freshDatabase } from '../../support/databases.js'

interface Row {
  readonly id: number
  readonly name: string
}

const ROWS = 20_000

const readers: Readonly<Record<string, (pool: PgPool) => ItemReader<Row>>> = {
  paging: (pool) =>
    new PostgresPagingItemReader<Row>({ pool, select: 'id, name', from: 'source', sortKeys: { id: 'asc' } }),
  'cursor, by key': (pool) =>
    new PostgresCursorItemReader<Row>({ pool, sql: 'SELECT id, name FROM source', sortKeys: { id: 'asc' } }),
  'cursor, by count': (pool) =>
    new PostgresCursorItemReader<Row>({ pool, sql: 'SELECT id, name FROM source ORDER BY id' }),
}

const database = await freshDatabase()
const pool = database.pool({ max: 12 })
const repository = new PostgresJobRepository({ pool })
await repository.initializeSchema()
await pool.query(`CREATE TABLE source (id int PRIMARY KEY, name text NOT NULL);
  INSERT INTO source SELECT i, 'name ' || i FROM generate_series(1, ${ROWS}) AS i;
  CREATE TABLE target (id int NOT NULL, name text NOT NULL)`)

for (const [name, reader] of Object.entries(readers)) {
  test(`a ${name} reader gives every row once under 24 concurrent chunks, also over a failure and a restart`, async () => {
    await pool.query('TRUNCATE target')
    let failing = true
    let inFlight = 0
    let most = 0
    const copy = chunkStep('copy', {
      chunkSize: 100,
      reader: () => reader(pool),
      processor: async (row) => {
        most = Math.max(most, ++inFlight)
        // Chunks overtake one another: how long each takes depends on its rows.
        for (let turn = 0; turn < row.id % 7; turn++) await setImmediate()
        inFlight--
        if (failing && row.id === ROWS / 2) throw new Error('half-way')
        return row
      },
      writer: new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id', 'name'] }),
      taskExecutor: new PoolTaskExecutor({ corePoolSize: 24 }),
    })
    const copyJob = job(`copy with ${name}`).start(copy).build()
    await using operator = new JobOperator({ repository, jobs: [copyJob] })

    const failed = await operator.run(copyJob)
    expect(failed.status).toBe('FAILED')
    const committed = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM target')
    expect(committed.rows[0]?.count).toBe(ROWS / 2 - 100)
    failing = false
    const completed = await operator.run(copyJob)
    expect(completed.status).toBe('COMPLETED')

    expect(most).toBe(24)
    const { rows } = await pool.query(
      `SELECT (SELECT count(*)::int FROM target) AS count,
         (SELECT count(*)::int FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM target) AS d) AS missing`,
    )
    expect(rows).toEqual([{ count: ROWS, missing: 0 }])
    const counts = [failed, completed].map((execution) => execution.stepExecutions[0]?.counts)
    expect(counts.map((count) => count?.write)).toEqual([ROWS / 2 - 100, ROWS / 2 + 100])
    expect(completed.stepExecutions[0]?.guarantee).toBe('exactly-once')
  })
}
