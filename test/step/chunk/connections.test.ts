import { chunkStep, type ItemReader, job, JobOperator, PoolTooSmallError, type Step } from 'chunkwise'
import {
  PostgresBatchItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresPagingItemReader,
  PostgresTransactionManager,
} from 'chunkwise/postgres'
import { runStep } from 'chunkwise/testing'
import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../support/databases.js'

interface Row {
  readonly id: number
}

let database: TestDatabase
let setup: pg.Pool

beforeAll(async () => {
  database = await freshDatabase()
  setup = database.pool({ max: 3 })
  await new PostgresJobRepository({ pool: setup }).initializeSchema()
  await setup.query('create table source as select generate_series(1, 50) as id')
})

beforeEach(async () => {
  await setup.query('drop table if exists target')
  await setup.query('create table target (id int not null)')
})

const copied = async () => Number((await setup.query<{ count: string }>('select count(*) from target')).rows[0]?.count)

type PoolReader = (pool: pg.Pool) => ItemReader<Row>
const cursor: PoolReader = (pool) =>
  new PostgresCursorItemReader<Row>({ pool, sql: 'select id from source order by 1' })
const paging: PoolReader = (pool) =>
  new PostgresPagingItemReader<Row>({ pool, select: 'id', from: 'source', sortKeys: { id: 'asc' } })
const pagingAlone: PoolReader = (pool) =>
  new PostgresPagingItemReader<Row>({ pool, select: 'id', from: 'source', sortKeys: { id: 'asc' }, prefetch: false })

const into = (pool: pg.Pool) => new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] })
const run = <P>(step: Step<P>, pool: pg.Pool) => runStep(step, { repository: new PostgresJobRepository({ pool }) })

let steps = 0
const copy = (reader: () => ItemReader<Row>, pool: pg.Pool, options: object = {}) =>
  chunkStep(`copy ${++steps}`, { chunkSize: 7, reader, writer: into(pool), ...options })

describe('what a step needs of its pool', () => {
  it.each<[string, PoolReader, object, number]>([
    ['a cursor reader', cursor, {}, 3],
    ['a cursor reader, whatever is processed at once', cursor, { concurrency: 5 }, 3],
    ['a paging reader', paging, {}, 3],
    ['a paging reader without prefetch', pagingAlone, {}, 2],
    ['a paging reader, when four chunks commit at once', paging, { concurrency: 4, commitOrder: 'any' }, 6],
  ])('with %s is had by a pool of that size, and a smaller one is refused', async (_what, make, options, needed) => {
    const small = database.pool({ max: needed - 1 })
    if (needed > 2) {
      let opened = false
      const refused = copy(
        () => {
          const reader = make(small) as ItemReader<Row> & { open(...args: readonly unknown[]): unknown }
          const open = reader.open.bind(reader)
          reader.open = (...args) => {
            opened = true
            return open(...args)
          }
          return reader
        },
        small,
        options,
      )
      const { status, failures } = await run(refused, small)
      expect([status, failures]).toEqual(['FAILED', [expect.any(PoolTooSmallError)]])
      expect(failures).toMatchObject([{ needed, size: needed - 1, message: expect.stringContaining('heartbeat: 1') }])
      expect(opened).toBe(false)
    }
    const enough = database.pool({ max: needed })
    expect(
      (
        await run(
          copy(() => make(enough), enough, options),
          enough,
        )
      ).status,
    ).toBe('COMPLETED')
    expect(await copied()).toBe(50)
  })

  it('is counted for each pool by itself', async () => {
    const [own, rows] = [database.pool({ max: 2 }), database.pool({ max: 1 })]
    expect(
      (
        await run(
          copy(() => cursor(rows), own),
          own,
        )
      ).status,
    ).toBe('COMPLETED')
    expect(await copied()).toBe(50)
  })

  it('includes the checkpoints beside transactions of another pool, and a writer with a pool of its own', async () => {
    const [own, rows] = [database.pool({ max: 2 }), database.pool({ max: 2 })]
    const transaction = new PostgresTransactionManager({ pool: rows })
    const step = copy(() => cursor(rows), rows, { transaction })
    expect((await run(step, own)).status).toBe('COMPLETED')
    const apart = copy(() => cursor(rows), rows, { transaction: new PostgresTransactionManager({ pool: own }) })
    expect((await run(apart, own)).status).toBe('COMPLETED')
    const tight = copy(() => cursor(own), rows, { transaction: new PostgresTransactionManager({ pool: own }) })
    const { failures } = await run(tight, own)
    expect(failures).toMatchObject([{ needed: 3, size: 2 }])
    expect(String(failures[0])).toContain('(heartbeat: 1, chunks: 1, reader: 1) needs at least 3 connections')
  })

  it('is what its parts say, for readers and writers of one’s own', async () => {
    const pool = {}
    const connections = { pool, held: 2, size: 2 }
    const reader = { read: () => null, connections }
    const step = chunkStep('mine', {
      chunkSize: 1,
      reader,
      writer: { write: () => undefined, connections: { pool, held: 1 } },
    })
    const { failures } = await runStep(step)
    expect(failures).toMatchObject([{ needed: 3, size: 2 }])
    expect(String(failures[0])).toContain('step "mine" (reader: 2, writer: 1)')
  })

  it('is never had by a pool of one: its operator refuses it before it waits', async () => {
    const pool = database.pool({ max: 1 })
    await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
    const started = operator.run(
      job('one')
        .start(copy(() => cursor(pool), pool))
        .build(),
    )
    await expect(started).rejects.toThrow(PoolTooSmallError)
  })
})
