import { chunkStep, type ItemWriter, job, JobOperator } from 'chunkwise'
import {
  PostgresBatchItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import { runStep } from 'chunkwise/testing'
import type pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import { Deferred, numbers } from '../deferred.js'
import { faultDatabase } from './places.js'

interface Row {
  readonly id: number
  readonly parent: number | null
}

interface Valued {
  readonly id: number
  readonly value: number
}

let pool: pg.Pool
let repository: PostgresJobRepository

beforeAll(async () => {
  pool = await faultDatabase({ max: 12 })
  repository = new PostgresJobRepository({ pool })
  await pool.query(`create table node (id int primary key, parent int references node deferrable initially deferred);
    create table account (id int primary key, amount int not null);
    create table slow (value int)`)
})

const ids = async (table = 'node') =>
  (await pool.query<{ id: number }>(`select id from ${table} order by id`)).rows.map(({ id }) => id)

const nodes = () => new PostgresBatchItemWriter<Row>({ pool, table: 'node', columns: ['id', 'parent'] })

describe('a constraint that is violated only at COMMIT', () => {
  // The parent of 10 comes later in its chunk, that of 33 never.
  const rows = numbers(60).map((id): Row => ({ id, parent: id === 10 ? 39 : id === 33 ? 1_000 : null }))

  it('fails the chunk without skip, and nothing of it is there', async () => {
    const step = chunkStep('strict', { chunkSize: 20, reader: rows, writer: nodes() })
    expect(
      await runStep(chunkStep('strict', { chunkSize: 40, reader: rows, writer: nodes() }), { repository }),
    ).toMatchObject({
      status: 'FAILED',
      failures: [{ kind: 'foreign-key' }],
      counts: { write: 0, rollback: 1 },
    })
    expect(await ids()).toEqual([])
    expect(step.name).toBe('strict')
  })

  it('is found with skip: the bad item is left out, and one that only waits for a later one is not', async () => {
    const letters: unknown[] = []
    const step = chunkStep('lenient', {
      chunkSize: 40,
      reader: rows,
      writer: nodes(),
      skip: { limit: 5, on: ['23503'], to: (items) => void letters.push(...items) },
    })
    const execution = await runStep(step, { repository })
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { read: 60, write: 59, writeSkip: 1 } })
    expect(letters).toMatchObject([
      { phase: 'write', item: { id: 33 }, position: '32', error: { kind: 'foreign-key' } },
    ])
    expect(await ids()).toEqual(numbers(60).filter((id) => id !== 33))
  })
})

describe('a writer that swallows an SQL error', () => {
  const swallowing: ItemWriter<number> = {
    transactional: true,
    async write(items, { transaction }) {
      const client = transaction.client as pg.PoolClient
      for (const item of items)
        await client.query('insert into target (value) values ($1)', [item]).catch(() => undefined)
    },
  }

  it('cannot complete the step: the first error is named', async () => {
    await pool.query('truncate target')
    const step = chunkStep('swallow', { chunkSize: 4, reader: [1, 2, -3, -4, 5, 6, 7, 8], writer: swallowing })
    const { status, failures } = await runStep(step, { repository })
    expect(status).toBe('FAILED')
    expect(failures[0]).toMatchObject({
      code: 'BATCH_SWALLOWED_SQL_ERROR',
      cause: { code: '23514', detail: expect.stringContaining('-3') },
    })
    expect((await pool.query('select from target')).rowCount).toBe(0)
  })

  it('has its bad items found when the first error is skippable', async () => {
    await pool.query('truncate target')
    const step = chunkStep('found', {
      chunkSize: 4,
      reader: [1, 2, -3, -4, 5, 6, 7, 8],
      writer: swallowing,
      skip: { limit: 2, on: ['23514'] },
    })
    expect((await runStep(step, { repository })).counts).toMatchObject({ write: 6, writeSkip: 2 })
    expect((await pool.query('select value from target order by n')).rows.map(({ value }) => value)).toEqual([
      1, 2, 5, 6, 7, 8,
    ])
  })
})

describe('a transient error of the database', () => {
  it('that is a deadlock between two steps lets both complete', async () => {
    await pool.query('truncate account; insert into account select i, 0 from generate_series(1, 2) i')
    const met = [new Deferred(), new Deferred()]
    const transfer = (order: readonly number[], mine: number) =>
      chunkStep(`transfer ${mine}`, {
        chunkSize: 2,
        reader: order,
        writer: {
          transactional: true,
          async write(
            items: readonly number[],
            { transaction }: { readonly transaction: { readonly client: unknown } },
          ) {
            const client = transaction.client as pg.PoolClient
            const add = (id: number) => client.query('update account set amount = amount + 1 where id = $1', [id])
            await add(items[0]!)
            met[mine]!.resolve()
            await met[1 - mine]!.promise
            await add(items[1]!)
          },
        },
      })
    const executions = await Promise.all(
      [
        [1, 2],
        [2, 1],
      ].map((order, mine) => runStep(transfer(order, mine), { repository })),
    )
    expect(executions.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED'])
    expect(executions.reduce((sum, { counts }) => sum + counts.rollback, 0)).toBeGreaterThan(0)
    expect((await pool.query('select amount from account')).rows).toEqual([{ amount: 2 }, { amount: 2 }])
  })

  it('that is a serialization failure lets the chunk be written again', async () => {
    const strict = await faultDatabase({ options: '-c default_transaction_isolation=serializable' })
    await strict.query('create table account (id int primary key, amount int); insert into account values (1, 0)')
    let attempts = 0
    const step = chunkStep('serial', {
      chunkSize: 1,
      reader: [1],
      writer: {
        transactional: true,
        async write(_items, { transaction }) {
          const client = transaction.client as pg.PoolClient
          await client.query('select amount from account')
          if (++attempts === 1) await strict.query('update account set amount = 100')
          await client.query('update account set amount = amount + 1')
        },
      },
    })
    const execution = await runStep(step, { repository: new PostgresJobRepository({ pool: strict }) })
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { rollback: 1, write: 1 } })
    expect((await strict.query('select amount from account')).rows).toEqual([{ amount: 101 }])
  })

  it('in the middle of a search repeats the search, and gives its skips back', async () => {
    await pool.query('truncate target')
    const batch = new PostgresBatchItemWriter<number>({ pool, table: 'target', columns: { value: (item) => item } })
    let calls = 0
    const step = chunkStep('lost', {
      chunkSize: 8,
      reader: [1, -2, 3, 4, 5, 6, -7, 8],
      writer: {
        transactional: true,
        async write(items, context) {
          // The second bad item has been found, and the connection of the search breaks.
          if (++calls === 9) {
            const { rows } = await (context.transaction.client as pg.PoolClient).query('select pg_backend_pid() as pid')
            await pool.query('select pg_terminate_backend($1)', [rows[0].pid])
          }
          await batch.write(items, context)
        },
      },
      skip: { limit: 2, on: ['23514'] },
    })
    const execution = await runStep(step, { repository })
    expect(execution).toMatchObject({ status: 'COMPLETED', counts: { write: 6, writeSkip: 2, rollback: 2 } })
    expect((await pool.query('select value from target order by n')).rows.map(({ value }) => value)).toEqual([
      1, 3, 4, 5, 6, 8,
    ])
  })
})

it('everything a chunk leaves is stored with it: rows, letters, counts, context', async () => {
  await pool.query('truncate target, letter')
  const letters = new PostgresBatchItemWriter<{ phase: string; position: string }>({
    pool,
    table: 'letter',
    columns: ['phase', 'position'],
  })
  let failing = true
  const copy = chunkStep('whole', {
    chunkSize: 5,
    reader: numbers(20).map((item) => (item % 6 === 0 ? -item : item)),
    processor: (item) => {
      if (item === 7) throw new RangeError('seven')
      if (failing && item === 17) throw new Error('no')
      return item
    },
    writer: new PostgresBatchItemWriter<number>({ pool, table: 'target', columns: { value: (item) => item } }),
    skip: { limit: 3, on: [RangeError, '23514'], to: letters },
    listeners: [
      {
        onSkipInProcess: (item, _error, { executionContext }) => executionContext.put('process', item),
        onSkipInWrite: async (item, _error, { transaction }) =>
          void (await (transaction.client as pg.PoolClient).query(
            `insert into letter (phase, item) values ('told', $1)`,
            [item],
          )),
      },
    ],
  })
  const whole = job('whole').start(copy).build()
  await using operator = new JobOperator({ repository, jobs: [whole] })
  const failed = await operator.run(whole)
  expect(failed.status).toBe('FAILED')
  const stored = await repository.getStepExecution(failed.stepExecutions[0]!.id)
  expect(stored?.counts).toMatchObject({ read: 15, write: 12, processSkip: 1, writeSkip: 2, commit: 3, rollback: 2 })
  expect(stored?.executionContext.get('process')).toBe(7)
  failing = false
  const completed = await operator.run(whole)
  expect(completed.stepExecutions[0]?.counts).toMatchObject({ read: 5, write: 4, writeSkip: 1, commit: 1, rollback: 1 })
  const { rows } = await pool.query('select phase, position, item from letter order by n')
  expect(rows).toEqual([
    { phase: 'process', position: '6', item: null },
    { phase: 'write', position: '5', item: null },
    { phase: 'told', position: null, item: '-6' },
    { phase: 'write', position: '11', item: null },
    { phase: 'told', position: null, item: '-12' },
    { phase: 'write', position: '17', item: null },
    { phase: 'told', position: null, item: '-18' },
  ])
})

it('a limit is exact when chunks cross it at once and commit in any order; a restart does the rest', async () => {
  await pool.query(`truncate target, letter; create table source (id int primary key);
    insert into source select i from generate_series(1, 480) i`)
  const wide = new PostgresBatchItemWriter<Valued>({ pool, table: 'target', columns: ['value'] })
  const letters = new PostgresBatchItemWriter({ pool, table: 'letter', columns: ['phase', 'position'] })
  const copy = (limit: number) =>
    job('any order')
      .start(
        chunkStep('any order', {
          chunkSize: 20,
          commitOrder: 'any',
          concurrency: 8,
          reader: () =>
            new PostgresPagingItemReader<Valued>({
              pool,
              select: 'id, CASE WHEN id % 20 = 7 THEN -id ELSE id END AS value',
              from: 'source',
              sortKeys: { id: 'asc' },
            }),
          writer: wide,
          skip: { limit, on: ['23514'], to: letters },
        }),
      )
      .build()
  await using operator = new JobOperator({ repository })
  const failed = (await operator.run(copy(10))).stepExecutions[0]!
  expect(failed).toMatchObject({ status: 'FAILED', failures: [{ code: 'BATCH_SKIP_LIMIT_EXCEEDED' }] })
  expect(failed.counts.writeSkip).toBeLessThanOrEqual(10)
  const left = 24 - failed.counts.writeSkip
  const completed = (await operator.run(copy(left))).stepExecutions[0]!
  expect(completed).toMatchObject({ status: 'COMPLETED', counts: { writeSkip: left } })
  expect(failed.counts.read + completed.counts.read).toBe(480)
  expect(failed.counts.write + completed.counts.write).toBe(456)
  const { rows } = await pool.query(`select count(*)::int as rows, count(distinct value)::int as different,
    (select count(distinct position)::int from letter) as letters, (select count(*)::int from letter) as all from target`)
  expect(rows).toEqual([{ rows: 456, different: 456, letters: 24, all: 24 }])
})

it('a query that fails while it is read is never skipped: its rows would be lost', async () => {
  const select = '100 / (7 - i) as quotient, i as id'
  const readers = [
    () => new PostgresCursorItemReader<{ id: number }>({ pool, sql: `select ${select} from generate_series(1, 9) i` }),
    () =>
      new PostgresPagingItemReader<{ id: number }>({
        pool,
        select,
        from: 'generate_series(1, 9) i',
        sortKeys: { id: 'asc' },
      }),
  ]
  for (const [index, reader] of readers.entries()) {
    const step = chunkStep(`query ${index}`, {
      chunkSize: 2,
      reader,
      writer: () => undefined,
      skip: { limit: 5, on: ['22012'] },
    })
    expect(await runStep(step, { repository })).toMatchObject({ status: 'FAILED', failures: [{ sqlState: '22012' }] })
  }
})
