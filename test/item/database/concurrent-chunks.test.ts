import { setImmediate } from 'node:timers/promises'
import {
  chunkStep,
  type ItemReader,
  type ItemWriter,
  job,
  JobOperator,
  type JobRepository,
  PoolTaskExecutor,
} from 'chunkwise'
import { MysqlBatchItemWriter, MysqlCursorItemReader, MysqlJobRepository, MysqlPagingItemReader } from 'chunkwise/mysql'
import {
  PostgresBatchItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { expect, test } from 'vitest'
import { freshDatabase } from '../../support/databases.js'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

interface Row {
  readonly id: number
  readonly name: string
}

const ROWS = 20_000

interface Database {
  readonly on: string
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>
  readonly repository: JobRepository
  readonly readers: Readonly<Record<string, () => ItemReader<Row>>>
  readonly writer: () => ItemWriter<Row>
}

const BY_KEY = { sortKeys: { id: 'asc' } } as const
const SQL = 'SELECT id, name FROM source'
const TARGET = { table: 'target', columns: ['id', 'name'] } as const

async function postgres(): Promise<Database> {
  const pool = (await freshDatabase()).pool({ max: 12 })
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  await pool.query(`CREATE TABLE source (id int PRIMARY KEY, name text NOT NULL);
    INSERT INTO source SELECT i, 'name ' || i FROM generate_series(1, ${ROWS}) AS i;
    CREATE TABLE target (id int NOT NULL, name text NOT NULL)`)
  return {
    on: 'PostgreSQL',
    query: (sql) => pool.query<Record<string, unknown>>(sql).then(({ rows }) => rows),
    repository,
    readers: {
      paging: () => new PostgresPagingItemReader<Row>({ pool, select: 'id, name', from: 'source', ...BY_KEY }),
      'cursor, by key': () => new PostgresCursorItemReader<Row>({ pool, sql: SQL, ...BY_KEY }),
      'cursor, by count': () => new PostgresCursorItemReader<Row>({ pool, sql: `${SQL} ORDER BY id` }),
    },
    writer: () => new PostgresBatchItemWriter<Row>({ pool, ...TARGET }),
  }
}

async function mariadb(): Promise<Database> {
  const pool = (await freshMysqlDatabase()).pool({ connectionLimit: 12 })
  const repository = new MysqlJobRepository({ pool })
  await repository.initializeSchema()
  await pool.query('CREATE TABLE source (id int PRIMARY KEY, name varchar(20) NOT NULL)')
  await pool.query('CREATE TABLE target (id int NOT NULL, name varchar(20) NOT NULL)')
  await pool.query('INSERT INTO source VALUES ?', [Array.from({ length: ROWS }, (_, i) => [i + 1, `name ${i + 1}`])])
  return {
    on: 'MySQL',
    query: (sql) => pool.query(sql).then(([rows]) => rows as Record<string, unknown>[]),
    repository,
    readers: {
      paging: () => new MysqlPagingItemReader<Row>({ pool, select: 'id, name', from: 'source', ...BY_KEY }),
      'cursor, by key': () => new MysqlCursorItemReader<Row>({ pool, sql: SQL, ...BY_KEY }),
      'cursor, by count': () => new MysqlCursorItemReader<Row>({ pool, sql: `${SQL} ORDER BY id` }),
    },
    writer: () => new MysqlBatchItemWriter<Row>({ pool, ...TARGET }),
  }
}

const cases = [await postgres(), await mariadb()].flatMap(({ readers, ...database }) =>
  Object.entries(readers).map(([name, reader]) => ({ ...database, name, reader })),
)

test.each(cases)(
  '$on: a $name reader gives every row once under 24 concurrent chunks, also over a failure and a restart',
  async ({ name, reader, query, repository, writer }) => {
    await query('TRUNCATE TABLE target')
    let failing = true
    let inFlight = 0
    let most = 0
    const copy = chunkStep('copy', {
      chunkSize: 100,
      reader,
      processor: async (row) => {
        most = Math.max(most, ++inFlight)
        // Chunks overtake one another: how long each takes depends on its rows.
        for (let turn = 0; turn < row.id % 7; turn++) await setImmediate()
        inFlight--
        if (failing && row.id === ROWS / 2) throw new Error('half-way')
        return row
      },
      writer: writer(),
      taskExecutor: new PoolTaskExecutor({ corePoolSize: 24 }),
    })
    const copyJob = job(`copy with ${name}`).start(copy).build()
    await using operator = new JobOperator({ repository, jobs: [copyJob] })

    const failed = await operator.run(copyJob)
    expect(failed.status).toBe('FAILED')
    const [committed] = await query('SELECT count(*) AS c FROM target')
    expect(Number(committed?.['c'])).toBe(ROWS / 2 - 100)
    failing = false
    const completed = await operator.run(copyJob)
    expect(completed.status).toBe('COMPLETED')

    expect(most).toBe(24)
    const [found] = await query(
      `SELECT count(*) AS c, count(DISTINCT t.id) AS ids FROM target t JOIN source s ON s.id = t.id AND s.name = t.name`,
    )
    expect([Number(found?.['c']), Number(found?.['ids'])]).toEqual([ROWS, ROWS])
    const counts = [failed, completed].map((execution) => execution.stepExecutions[0]?.counts)
    expect(counts.map((count) => count?.write)).toEqual([ROWS / 2 - 100, ROWS / 2 + 100])
    expect(completed.stepExecutions[0]?.guarantee).toBe('exactly-once')
  },
)
