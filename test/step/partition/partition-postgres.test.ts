import { setTimeout as delay } from 'node:timers/promises'
import {
  chunkStep,
  decision,
  JobOperator,
  job,
  type ItemWriter,
  partitionStep,
  PoolTooSmallError,
  type StepContext,
} from 'chunkwise'
import {
  partitionRange,
  PostgresBatchItemWriter,
  PostgresCursorItemReader,
  PostgresJobRepository,
  PostgresKeyRangePartitioner,
  PostgresPagingItemReader,
} from 'chunkwise/postgres'
import type pg from 'pg'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../support/databases.js'

interface Row {
  readonly id: string
}

let database: TestDatabase
let setup: pg.Pool

beforeAll(async () => {
  database = await freshDatabase()
  setup = database.pool({ max: 3 })
  await new PostgresJobRepository({ pool: setup }).initializeSchema()
  await setup.query('create table source (id bigint primary key)')
  await setup.query('insert into source select i * i from generate_series(1, 1000) as i')
})

beforeEach(async () => {
  await setup.query('drop table if exists target')
  await setup.query('create table target (id bigint not null)')
})

const keys = { from: 'source', sortKeys: { id: 'asc' } } as const

async function copied(): Promise<{ rows: number; ids: number }> {
  const { rows } = await setup.query('select count(*)::int as rows, count(distinct id)::int as ids from target')
  return rows[0] as { rows: number; ids: number }
}

function copy(
  pool: pg.Pool,
  name: string,
  options: { fails?: () => boolean; gridSize?: number; worker?: object } = {},
) {
  const into = new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] })
  const writer: ItemWriter<Row> = {
    transactional: true,
    pool,
    write: async (items, context) => {
      await into.write(items, context)
      if (options.fails?.() === true) throw new Error('told to')
    },
  }
  const step = chunkStep('copyRange', {
    chunkSize: 20,
    reader: (context: StepContext) =>
      new PostgresPagingItemReader<Row>({ pool, ...keys, select: 'id', range: partitionRange(context) }),
    writer,
    ...options.worker,
  })
  const partitioner = new PostgresKeyRangePartitioner({ pool, ...keys })
  return job(name)
    .start(partitionStep('copy', { partitioner, step, gridSize: options.gridSize ?? 4 }))
    .build()
}

describe('partitions by key range on PostgreSQL', () => {
  it.each<[string, object]>([
    ['in read order', {}],
    ['in any order', { commitOrder: 'any', concurrency: 2 }],
  ])('copy each row once, over failures and restarts, with chunks %s', async (how, worker) => {
    const pool = database.pool({ max: 16 })
    await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
    let writes = 0
    const made = copy(pool, `copy ${how}`, { fails: () => ++writes % 17 === 0, worker })
    let execution = await operator.run(made)
    for (let restarts = 0; execution.status === 'FAILED' && restarts < 20; restarts++) {
      expect(execution.failures).toMatchObject([{ code: 'BATCH_PARTITIONS_FAILED' }])
      execution = await operator.run(made)
    }
    expect(execution.status).toBe('COMPLETED')
    expect(await copied()).toEqual({ rows: 1000, ids: 1000 })
    expect(execution.stepExecutions).toMatchObject([
      { guarantee: 'exactly-once', counts: { read: 1000, write: 1000, readSkip: 0 } },
    ])
    const { rows } = await setup.query(
      `select sum(read_count)::int as read from batch_step_execution s join batch_job_execution e using (job_execution_id)
       where job_instance_id = $1 and step_name like 'copy:%'`,
      [execution.jobInstance.id],
    )
    expect(rows).toEqual([{ read: 1000 }])
  })

  it.each<[string, boolean]>([
    ['partitions', true],
    ['a step', false],
  ])(
    'in any order, run anew in the next pass of a loop, forget the ranges of the pass before: %s',
    async (_of, cut) => {
      const pool = database.pool({ max: 10 })
      await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
      let fails = true
      const into = new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] })
      const writer: ItemWriter<Row> = {
        transactional: true,
        pool,
        write: async (items, context) => {
          // Chunks behind this one commit before it fails.
          if (fails && items.some(({ id }) => id === '1600')) {
            await delay(100)
            throw new Error('told to')
          }
          await into.write(items, context)
        },
      }
      const step = chunkStep(cut ? 'worker' : 'copy', {
        chunkSize: 20,
        reader: () => new PostgresPagingItemReader<Row>({ pool, ...keys, select: 'id' }),
        writer,
        commitOrder: 'any',
        concurrency: 4,
      })
      const partitioner = () => [{ name: 'all', context: {} }]
      const copying = cut ? partitionStep('copy', { partitioner, step }) : step
      const again = decision('again', () => {
        fails = false
        return 'again'
      })
      const begun = job(`loop ${cut}`).start(copying).on(copying, 'COMPLETED').end().on(copying, 'FAILED').to(again)
      const execution = await operator.run(begun.on(again, 'again').to(copying).build())
      expect(execution.status).toBe('COMPLETED')
      expect(execution.stepExecutions.map(({ status }) => status)).toEqual(['ABANDONED', 'COMPLETED'])
      expect(execution.stepExecutions[0]?.counts.read).toBeGreaterThan(0)
      expect(execution.stepExecutions[1]?.counts.read).toBe(1000)
      expect((await copied()).ids).toBe(1000)
    },
  )

  it('need the connections of all that run at once: a pool that would come to a standstill is refused with the sum', async () => {
    const small = database.pool({ max: 8 })
    await using refusing = new JobOperator({ repository: new PostgresJobRepository({ pool: small }) })
    const { failures } = await refusing.run(copy(small, 'too small'))
    const cause = (failures[0] as Error).cause
    expect(cause).toBeInstanceOf(PoolTooSmallError)
    expect(cause).toMatchObject({ needed: 9, size: 8 })
    expect(String(cause)).toContain('(heartbeat: 1, chunks: 4, reader: 4, for 4 partitions at once)')
    expect(await copied()).toEqual({ rows: 0, ids: 0 })
    const enough = database.pool({ max: 9 })
    await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool: enough }) })
    expect((await operator.run(copy(enough, 'enough'))).status).toBe('COMPLETED')
    expect(await copied()).toEqual({ rows: 1000, ids: 1000 })
  })

  it('need no more connections than there are partitions left', async () => {
    const pool = database.pool({ max: 3 })
    await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
    const step = chunkStep('one', {
      chunkSize: 100,
      reader: () => new PostgresCursorItemReader<Row>({ pool, sql: 'select id from source order by id' }),
      writer: new PostgresBatchItemWriter<Row>({ pool, table: 'target', columns: ['id'] }),
    })
    const load = partitionStep('load', { partitioner: () => [{ name: 'all', context: {} }], step, gridSize: 50 })
    expect((await operator.run(job('one partition').start(load).build())).status).toBe('COMPLETED')
    expect(await copied()).toEqual({ rows: 1000, ids: 1000 })
  })
})
