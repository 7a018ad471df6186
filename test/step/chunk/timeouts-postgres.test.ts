import { chunkStep, job, JobOperator, SqlError, type Step, TransactionEndedError, type WriteContext } from 'chunkwise'
import { PostgresBatchItemWriter, PostgresCursorItemReader, PostgresJobRepository } from 'chunkwise/postgres'
import { runStep } from 'chunkwise/testing'
import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../support/databases.js'
import { numbers } from '../deferred.js'

interface Row {
  readonly id: number
}

let database: TestDatabase
let pool: pg.Pool
let repository: PostgresJobRepository

beforeAll(async () => {
  database = await freshDatabase()
  pool = database.pool({ max: 4 })
  repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
})

beforeEach(async () => {
  await pool.query('drop table if exists target')
  await pool.query('create table target (id int not null)')
})

const rows = numbers(6).map((id) => ({ id }))
const written = async (): Promise<readonly number[]> =>
  (await pool.query<Row>('select id from target order by id')).rows.map(({ id }) => id)

/** Ends the backends that still work on something nobody waits for. */
const endSleepers = () =>
  pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()",
  )

/** Runs the step as a job of its own; the same step again is a restart. */
const run = <P>(step: Step<P>) => runStep(step, { repository })

describe('a chunk that takes too long in the database', () => {
  it('ends at its timeout, with its rows rolled back, and a restart writes them', async () => {
    let sleeps = true
    const step = chunkStep('sleepy', {
      chunkSize: 2,
      reader: rows,
      writer: {
        transactional: true,
        async write(items: readonly Row[], { transaction }: WriteContext) {
          const client = transaction.client as pg.PoolClient
          for (const { id } of items) await client.query('insert into target values ($1)', [id])
          if (sleeps && items.includes(rows[2]!)) await client.query('select pg_sleep(60)')
        },
      },
      timeout: { chunk: '300ms' },
    })
    const first = await run(step)
    expect(first).toMatchObject({
      status: 'FAILED',
      failures: [{ code: 'BATCH_TIMEOUT', what: 'chunk' }],
      counts: { write: 2, commit: 1, rollback: 1 },
    })
    expect(await written()).toEqual([1, 2])
    await endSleepers()
    sleeps = false
    expect((await run(step)).status).toBe('COMPLETED')
    expect(await written()).toEqual(numbers(6))
  })

  it('writes nothing from a continuation that comes late, through whatever it holds', async () => {
    const outcomes: unknown[] = []
    let late: Promise<unknown> = Promise.resolve()
    let resume!: () => void
    const resumed = new Promise<void>((resolve) => (resume = resolve))
    const step = chunkStep('zombie', {
      chunkSize: 6,
      reader: rows,
      writer: {
        transactional: true,
        write(items: readonly Row[], { transaction }: WriteContext) {
          const client = transaction.client as pg.PoolClient
          const insert = () => client.query('insert into target values (1)')
          const work = async () => {
            await insert()
            await resumed
            outcomes.push(await insert().catch((error: unknown) => error))
            outcomes.push(await new PostgresLate().write(items, transaction).catch((error: unknown) => error))
          }
          late = work()
          return late as Promise<void>
        },
      },
      timeout: { step: '300ms' },
    })
    expect((await run(step)).failures).toMatchObject([{ code: 'BATCH_TIMEOUT', what: 'step' }])
    resume()
    await late
    expect(outcomes).toEqual([expect.any(Error), expect.any(TransactionEndedError)])
    expect(await written()).toEqual([])
  })

  it('ends a COMMIT that takes too long, and reads how it ended', async () => {
    await pool.query(`
      create or replace function slow() returns trigger language plpgsql as
      $$ begin perform pg_sleep(1); return null; end $$;
      create constraint trigger slow after insert on target deferrable initially deferred
      for each row when (new.id = 3) execute function slow()`)
    const writer = new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] })
    const step = chunkStep('committing', { chunkSize: 2, reader: rows, writer, timeout: { chunk: '400ms' } })
    const first = await run(step)
    expect(first).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_TIMEOUT' }] })
    const rest = await written()
    expect(first.counts.write).toBe(rest.length)
    await pool.query('drop trigger slow on target')
    expect((await run(step)).status).toBe('COMPLETED')
    expect(await written()).toEqual(numbers(6))
  })

  it('waits for a connection no longer than its timeout', async () => {
    const own = database.pool({ max: 3 })
    const held = await Promise.all([own.connect(), own.connect()])
    await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool: own }) })
    let third: pg.PoolClient | undefined
    const step = chunkStep('waiting', {
      chunkSize: 6,
      reader: rows,
      processor: async (row: Row) => {
        third ??= await own.connect()
        return row
      },
      writer: new PostgresBatchItemWriter<Row>({ pool: own, table: 'target', columns: ['id'] }),
      // The end of the step is stored in the same pool.
      listeners: [{ afterStep: () => third?.release() }],
      timeout: { chunk: '300ms' },
    })
    held[0].release()
    const { result } = await operator.start(job('waiting').start(step).build())
    const execution = await result
    expect(execution.failures).toMatchObject([{ code: 'BATCH_TIMEOUT', what: 'chunk' }])
    held[1].release()
    expect(await written()).toEqual([])
  })
})

describe('a step that reads from a cursor', () => {
  it('gives its connection back when its writer hangs', async () => {
    const reader = () => new PostgresCursorItemReader<Row>({ pool, sql: 'select generate_series(1, 100) as id' })
    const step = chunkStep('cursor', {
      chunkSize: 10,
      reader,
      writer: () => new Promise<never>(() => undefined),
      timeout: { step: '300ms' },
    })
    expect((await run(step)).failures).toMatchObject([{ code: 'BATCH_TIMEOUT' }])
    expect([pool.waitingCount, pool.totalCount - pool.idleCount]).toEqual([0, 0])
  })
})

/** What a writer of one's own does that holds on to its transaction. */
class PostgresLate {
  async write(items: readonly Row[], transaction: WriteContext['transaction']): Promise<void> {
    const client = transaction.client as pg.PoolClient
    for (const { id } of items) await client.query('insert into target values ($1)', [id])
  }
}

it('an error of the pool while it has no connection to give is one that passes', async () => {
  const own = database.pool({ max: 2, connectionTimeoutMillis: 200 })
  const repositoryOfOwn = new PostgresJobRepository({ pool: own })
  await using operator = new JobOperator({ repository: repositoryOfOwn })
  let held: pg.PoolClient | undefined
  let failures = 0
  const step = chunkStep('exhausted', {
    chunkSize: 6,
    reader: rows,
    processor: async (row: Row) => {
      // The host takes the last connection of the pool.
      held ??= await own.connect()
      return row
    },
    writer: new PostgresBatchItemWriter<Row>({ pool: own, table: 'target', columns: ['id'] }),
    listeners: [
      {
        onRetry: (error) => {
          failures++
          expect(error).toBeInstanceOf(SqlError)
          held?.release()
        },
      },
    ],
  })
  const execution = await operator.run(job('exhausted').start(step).build())
  expect([execution.status, failures]).toEqual(['COMPLETED', 1])
  expect(await written()).toEqual(numbers(6))
})
