import {
  chunk,
  chunkStep,
  job,
  type JobExecution,
  JobOperator,
  PoolTaskExecutor,
  type StepContext,
  type TaskExecutor,
  TimeoutError,
} from 'chunkwise'
import { AfterJob, compileJob, Job, Step } from 'chunkwise/decorators'
import { PostgresBatchItemWriter, PostgresJobRepository, PostgresPagingItemReader } from 'chunkwise/postgres'
import type pg from 'pg'
import { expect, it } from 'vitest'
import { freshDatabase } from '../support/databases.js'

const database = await freshDatabase()
const pool = database.pool({ max: 12 })
const repository = new PostgresJobRepository({ pool })
await repository.initializeSchema()
await pool.query(`
  create table users (user_name text primary key, last_login timestamptz not null, opted_out boolean not null);
  create table candidates (user_name text primary key, last_login timestamptz not null, reason text not null);
  insert into users
  select 'user ' || i, '2024-01-01'::timestamptz + i * interval '1 d', i % 10 = 0 from generate_series(1, 1000) i`)

class InvalidUserError extends Error {}
interface User {
  readonly userName: string
  readonly lastLogin: Date
  readonly optedOut: boolean
}
interface Candidate {
  readonly userName: string
  readonly lastLogin: Date
  readonly reason: string
}

/** The first job of the README, but for the reader: what it does may be told to fail. */
function stepOptions(host: pg.Pool, taskExecutor: TaskExecutor, mayProcess: (user: User) => boolean = () => true) {
  return {
    chunkSize: 40,
    reader: ({ parameters }: StepContext<{ before: Date }>) =>
      new PostgresPagingItemReader<User>({
        pool: host,
        select: 'user_name, last_login, opted_out',
        from: 'users',
        where: 'last_login < :before',
        parameters: { before: parameters.before },
        sortKeys: { user_name: 'asc' },
        naming: 'camelCase',
      }),
    processor: (user: User): Candidate | null => {
      if (!mayProcess(user)) throw new Error('away')
      return user.optedOut ? null : { ...user, reason: 'inactive' }
    },
    writer: new PostgresBatchItemWriter<Candidate>({
      pool: host,
      table: 'candidates',
      columns: ['user_name', 'last_login', 'reason'],
      naming: 'camelCase',
      onConflict: { columns: ['user_name'], do: 'update' },
    }),
    taskExecutor,
    concurrency: 4,
    commitOrder: 'any',
    retry: { maxAttempts: 3, on: [TimeoutError], backoff: { initial: '100ms', multiplier: 2, max: '5s' } },
    skip: { limit: 10, on: [InvalidUserError] },
  } as const
}

@Job({ name: 'candidateJob', parameters: { before: 'date' } })
class CandidateJob {
  readonly reported: string[] = []
  mayProcess = false

  constructor(
    private readonly host: pg.Pool,
    private readonly executor: TaskExecutor,
  ) {}

  @Step()
  findCandidates() {
    return chunk(stepOptions(this.host, this.executor, (user) => this.mayProcess || user.userName !== 'user 77'))
  }

  @AfterJob()
  report({ status }: JobExecution) {
    this.reported.push(status)
  }
}

it('the first job as a class is the one that is built, and restarts on PostgreSQL as that does', async () => {
  const executor = new PoolTaskExecutor({ corePoolSize: 8 })
  const instance = new CandidateJob(pool, executor)
  const candidateJob = compileJob<{ before: 'date' }>(instance)
  await using operator = new JobOperator({ repository, jobs: [candidateJob] })

  const built = job('candidateJob', { parameters: { before: 'date' } })
    .start(chunkStep('findCandidates', stepOptions(pool, executor)))
    .build()
  expect(operator.describe(candidateJob)).toEqual(operator.describe(built))

  const before = new Date('2025-01-01')
  const failed = await operator.run(candidateJob, { before })
  expect(failed.status).toBe('FAILED')
  instance.mayProcess = true
  // The builder's job goes on with the instance of the class's: to the repository they are one.
  const execution = await operator.run(built, { before })
  execution.throwIfUnsuccessful()
  expect(execution.jobInstance.id).toBe(failed.jobInstance.id)
  expect(execution.stepExecutions[0]?.guarantee).toBe('exactly-once')
  const { rows } = await pool.query<{ count: string }>('select count(*) from candidates')
  const { rows: expected } = await pool.query<{ count: string }>(
    'select count(*) from users where last_login < $1 and not opted_out',
    [before],
  )
  expect(rows).toEqual(expected)
  expect(instance.reported).toEqual(['FAILED'])
})
