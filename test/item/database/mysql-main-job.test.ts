import {
  chunkStep,
  type ItemWriter,
  job,
  JobOperator,
  PoolTaskExecutor,
  type DeadLetter,
  SqlError,
  type WriteContext,
} from 'chunkwise'
import {
  MysqlBatchItemWriter,
  MysqlJobRepository,
  MysqlPagingItemReader,
  MysqlStatementItemWriter,
} from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { beforeEach, describe, expect, test } from 'vitest'
import { freshMysqlDatabase } from '../../support/mysql-databases.js'

interface User {
  readonly userName: string
  readonly lastLogin: Date
  readonly optedOut: number
}

interface Candidate {
  readonly userName: string
  readonly lastLogin: Date
  readonly reason: string
}

const USERS = 900
const database = await freshMysqlDatabase()
const pool = database.pool({ connectionLimit: 14, multipleStatements: true })
const repository = new MysqlJobRepository({ pool })
await repository.initializeSchema()
await pool.query(`
  create table users (
    id bigint auto_increment primary key, user_name varchar(40) not null, last_login datetime(6) not null,
    opted_out boolean not null, unique (user_name)
  )`)
await pool.query(`
  insert into users (user_name, last_login, opted_out)
  with recursive n (i) as (select 1 union all select i + 1 from n where i < ${USERS})
  select concat('user ', lpad(i, 6, '0')), '2024-01-01' + interval i * 1000001 microsecond, i % 10 = 0 from n;
  create table candidates (
    user_name varchar(40) primary key, last_login datetime(6) not null, reason varchar(20) not null,
    check (reason <> 'refused')
  );
  create table dead (user_name varchar(40) primary key);
  create table tally (id int primary key, n int not null);
  insert into tally values (1, 0), (2, 0)`)

const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
  (await pool.query<mysql.RowDataPacket[]>(sql))[0]

const reader = () =>
  new MysqlPagingItemReader<User>({
    pool,
    select: 'user_name, last_login, opted_out',
    from: 'users',
    where: 'last_login < :before',
    parameters: { before: new Date('2030-01-01') },
    sortKeys: { user_name: 'asc' },
    naming: 'camelCase',
  })

const candidates = () =>
  new MysqlBatchItemWriter<Candidate>({
    pool,
    table: 'candidates',
    columns: ['user_name', 'last_login', 'reason'],
    naming: 'camelCase',
    onConflict: { columns: ['user_name'], do: 'update' },
  })

const toCandidate = (user: User): Candidate | null =>
  user.optedOut === 1 ? null : { userName: user.userName, lastLogin: user.lastLogin, reason: 'inactive' }

const ORDERS = ['read', 'any'] as const
let jobs = 0

beforeEach(() => pool.query('delete from candidates; delete from dead; update tally set n = 0'))

async function expectAllWritten(except = 0): Promise<void> {
  const [found] = await rows(
    `select count(*) as n from candidates c join users u on u.user_name = c.user_name and not u.opted_out
     where abs(timestampdiff(microsecond, u.last_login, c.last_login)) < 1000`,
  )
  expect(found).toEqual({ n: USERS * 0.9 - except })
  expect(await rows('select count(*) as n from candidates')).toEqual([{ n: USERS * 0.9 - except }])
}

describe.each(ORDERS)('the main job on MySQL, commits in %s order', (commitOrder) => {
  const settings = { chunkSize: 50, commitOrder, concurrency: 8 }
  const executor = new PoolTaskExecutor({ corePoolSize: 8 })

  test('writes every candidate once, over a failure and a restart', async () => {
    let failing = true
    const step = chunkStep('find', {
      ...settings,
      reader,
      processor: (user) => {
        if (failing && user.userName === 'user 000702') throw new Error('half-way')
        return toCandidate(user)
      },
      writer: candidates(),
      taskExecutor: executor,
    })
    const main = job(`main ${++jobs}`).start(step).build()
    await using operator = new JobOperator({ repository, jobs: [main] })
    expect((await operator.run(main)).status).toBe('FAILED')
    failing = false
    const completed = await operator.run(main)
    expect(completed.status).toBe('COMPLETED')
    expect(completed.stepExecutions[0]?.guarantee).toBe('exactly-once')
    await expectAllWritten()
    const [sums] = await rows(`select cast(sum(READ_COUNT) as signed) as r, cast(sum(WRITE_COUNT) as signed) as w
      from BATCH_STEP_EXECUTION s join BATCH_JOB_EXECUTION e using (JOB_EXECUTION_ID)
      where e.JOB_INSTANCE_ID = ${completed.jobInstance.id}`)
    expect(sums).toEqual({ r: USERS, w: USERS * 0.9 })
  })

  test('a row that the database refuses is searched for by savepoints and skipped, the others are written', async () => {
    const bad = new Set(['user 000007', 'user 000009', 'user 000634'])
    const step = chunkStep('find', {
      ...settings,
      reader,
      processor: (user) => {
        const candidate = toCandidate(user)
        return candidate !== null && bad.has(user.userName) ? { ...candidate, reason: 'refused' } : candidate
      },
      writer: candidates(),
      taskExecutor: executor,
      skip: {
        limit: 3,
        on: [(error) => error instanceof SqlError && error.kind === 'check'],
        to: new MysqlStatementItemWriter<DeadLetter>({
          pool,
          sql: 'insert into dead values (:name)',
          parameters: ({ item }) => ({ name: (item as Candidate).userName }),
        }),
      },
    })
    const main = job(`main ${++jobs}`).start(step).build()
    await using operator = new JobOperator({ repository, jobs: [main] })
    const execution = await operator.run(main)
    expect(execution.status).toBe('COMPLETED')
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ write: USERS * 0.9 - 3, writeSkip: 3 })
    expect((await rows('select user_name from dead order by 1')).map((row) => row['user_name'])).toEqual([...bad])
    await expectAllWritten(3)
  })

  test('a chunk that the database chose as the victim of a deadlock is written again, as a whole', async () => {
    const rival = new Rival(candidates())
    const step = chunkStep('find', {
      ...settings,
      reader,
      processor: toCandidate,
      writer: rival,
      taskExecutor: executor,
    })
    const main = job(`main ${++jobs}`).start(step).build()
    await using operator = new JobOperator({ repository, jobs: [main] })
    const execution = await operator.run(main)
    expect(execution.status).toBe('COMPLETED')
    expect(rival.victims).toBeGreaterThan(0)
    // Chunks that commit in any order may get into deadlocks of their own.
    expect(execution.stepExecutions[0]?.counts.rollback).toBeGreaterThanOrEqual(rival.victims)
    await expectAllWritten()
    expect(await rows('select n from tally')).toEqual([{ n: USERS / 50 }, { n: USERS / 50 }])
  })
})

/** Writes, and once gets into a real deadlock with another session that has more to lose. */
class Rival implements ItemWriter<Candidate> {
  readonly transactional = true
  readonly pool = pool
  readonly #writer: ItemWriter<Candidate>
  readonly #clashAt: number
  #writes = 0
  victims = 0

  constructor(writer: ItemWriter<Candidate>, clashAt = 3) {
    this.#writer = writer
    this.#clashAt = clashAt
  }

  async write(items: readonly Candidate[], context: WriteContext): Promise<void> {
    const own = context.transaction.client as mysql.PoolConnection
    const clashes = ++this.#writes === this.#clashAt
    await this.#writer.write(items, context)
    await own.query('update tally set n = n + 1 where id = 1')
    if (clashes) await this.#clash(own)
    await own.query('update tally set n = n + 1 where id = 2')
  }

  async #clash(own: mysql.PoolConnection): Promise<void> {
    const other = await pool.getConnection()
    try {
      // InnoDB rolls back the transaction that has changed less.
      await other.query('begin')
      await other.query(
        'insert into users (user_name, last_login, opted_out) select concat(id, ?), last_login, 1 from users limit 500',
        ['x'],
      )
      await other.query('update tally set n = n where id = 2')
      const waits = other.query('update tally set n = n where id = 1').catch(() => undefined)
      await own.query('update tally set n = n where id = 2').catch((error: unknown) => {
        this.victims++
        throw error
      })
      await waits
    } finally {
      await other.query('rollback')
      other.release()
    }
  }
}

test.each([2, 3, 4])(
  'a deadlock in the search for a bad item, at write %i, begins the chunk again',
  async (clashAt) => {
    const rival = new Rival(candidates(), clashAt)
    const step = chunkStep('find', {
      chunkSize: 50,
      reader,
      processor: (user) => {
        const candidate = toCandidate(user)
        return candidate !== null && user.userName === 'user 000007' ? { ...candidate, reason: 'refused' } : candidate
      },
      writer: rival,
      skip: { limit: 1, on: [(error) => error instanceof SqlError && error.kind === 'check'] },
    })
    const main = job(`main ${++jobs}`).start(step).build()
    await using operator = new JobOperator({ repository, jobs: [main] })
    const execution = await operator.run(main)
    expect(execution.status).toBe('COMPLETED')
    expect(rival.victims).toBe(1)
    expect(execution.stepExecutions[0]?.counts).toMatchObject({ write: USERS * 0.9 - 1, writeSkip: 1 })
    await expectAllWritten(1)
  },
)

test('concurrent chunks under REPEATABLE READ that write into the gaps of one another all commit', async () => {
  const [level] = await rows("show variables where Variable_name in ('tx_isolation', 'transaction_isolation')")
  expect(level?.['Value']).toBe('REPEATABLE-READ')
  // Updates of rows that are not there lock the gaps into which the other chunks insert.
  const updates = new MysqlStatementItemWriter<Candidate>({
    pool,
    sql: 'update candidates set reason = :reason where user_name = :userName',
  })
  const inserts = candidates()
  const step = chunkStep('find', {
    chunkSize: 50,
    reader,
    processor: toCandidate,
    writer: {
      transactional: true,
      pool,
      async write(items: readonly Candidate[], context: WriteContext) {
        await updates.write(items, context)
        await inserts.write(items, context)
      },
    },
    taskExecutor: new PoolTaskExecutor({ corePoolSize: 4 }),
    commitOrder: 'any',
    retry: { maxAttempts: 50, on: [(error) => error instanceof SqlError && error.transient] },
  })
  const main = job(`main ${++jobs}`).start(step).build()
  await using operator = new JobOperator({ repository, jobs: [main] })
  expect((await operator.run(main)).status).toBe('COMPLETED')
  await expectAllWritten()
})
