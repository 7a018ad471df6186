import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { expect, vi } from 'vitest'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { migratedDatabase, type TestDatabase } from '../support/databases.js'
import { freshMysqlDatabase, type MysqlTestDatabase } from '../support/mysql-databases.js'
import { type AnyPool, ask } from '../support/sql-databases.js'
import type { WorkerOrder } from './supervisor.js'

/** How many rows `source` has, and the chunk size that goes with it. */
export const ROWS = 8_000
export const CHUNK_SIZE = 40

/** A database with `source`, an empty `target` that has no key at all, and a job repository. */
export function copyDatabase(): Promise<TestDatabase> {
  return migratedDatabase(prepareCopy, 'restart')
}

/** Makes `source`, `target` and the job repository in an empty database. */
export async function prepareCopy(pool: pg.Pool): Promise<void> {
  await pool.query('create table source (id bigint primary key, payload text not null)')
  await pool.query('create table target (id bigint, payload text)')
  await pool.query("insert into source select i, 'row ' || i from generate_series(1, $1::bigint) as i", [ROWS])
  await new PostgresJobRepository({ pool }).initializeSchema()
}

/** The same on MySQL. */
export async function mysqlCopyDatabase(): Promise<MysqlTestDatabase> {
  const database = await freshMysqlDatabase()
  await prepareMysqlCopy(database.pool())
  return database
}

/** The same in an empty database on MySQL. */
export async function prepareMysqlCopy(pool: mysql.Pool): Promise<void> {
  await pool.query('create table source (id bigint primary key, payload varchar(50) not null)')
  await pool.query('create table target (id bigint, payload varchar(50))')
  const ids = Array.from({ length: ROWS }, (_, index) => [index + 1, `row ${index + 1}`])
  await pool.query('insert into source values ?', [ids])
  await new MysqlJobRepository({ pool }).initializeSchema()
}

type Row = Readonly<Record<string, unknown>>

/** The rows that {@link poison} has the database refuse, and that a worker refuses for a file: two in 200. */
const POISON = 'id % 200 in (7, 9)'

/** Whether it is one of them. */
export function isPoison(id: number): boolean {
  return [7, 9].includes(id % 200)
}

/** How many they are. */
export const POISONED: number = (2 * ROWS) / 200

/** When the database refuses them. MySQL has no constraint that waits for the COMMIT. */
export type Refused = 'at once' | 'at commit'

/** Has the database refuse some rows of `target`, and makes the table that they are skipped into. */
export async function poison(pool: AnyPool, when: Refused): Promise<void> {
  await ask(pool, 'create table dead (id bigint, phase varchar(20))')
  if (when === 'at once') await ask(pool, `alter table target add check (not (${POISON}))`)
  else {
    await ask(
      pool,
      `
      create function refuse() returns trigger language plpgsql as
        $$ begin raise 'row % is refused', new.id using errcode = 'check_violation'; end $$;
      create constraint trigger refuse after insert on target deferrable initially deferred
        for each row when (new.${POISON}) execute function refuse()`,
    )
  }
}

/** How the job ran whose work is looked at. */
export interface CopyRun {
  readonly chunkSize?: number
  /** In any order, a gap that a restart closes may make chunks of other sizes. */
  readonly commitOrder?: 'any'
  /** There are rows that could not be written, and were skipped. */
  readonly skipLimit?: number
  /** The file that they were skipped into, instead of the table. */
  readonly letters?: string
  /** Where it read; a service's chunks end where its pages do. */
  readonly from?: WorkerOrder['from']
}

/** Expects that the job has done all it had to do exactly once, and has left nothing behind. */
export async function expectExactlyOnce(pool: AnyPool, run: CopyRun = {}): Promise<void> {
  const isSkipping = run.skipLimit !== undefined
  expect(await differences(pool, isSkipping ? POISON : '1 = 0')).toEqual([])
  if (isSkipping && run.letters === undefined) {
    const [dead] = await ask(pool, 'select count(*) as times, count(distinct id) as ids from dead')
    expect([Number(dead?.['times']), Number(dead?.['ids'])]).toEqual([POISONED, POISONED])
  }
  await expectRightBooks(pool, run)
}

/** Expects counts as if nobody had broken the job, and that it has left nothing behind. */
export async function expectRightBooks(pool: AnyPool, run: CopyRun): Promise<void> {
  const { chunkSize = CHUNK_SIZE, from = {} } = run
  const skip = run.skipLimit === undefined ? 0 : POISONED
  const isCounted = run.commitOrder !== 'any' && !('service' in from)
  expect(await sums(pool)).toEqual({
    read: ROWS,
    write: ROWS - ROWS / 5 - skip,
    filter: ROWS / 5,
    skip,
    commit: isCounted ? Math.ceil(ROWS / chunkSize) : expect.any(Number),
  })
  // The server may still have to see that a connection is gone.
  await vi.waitFor(async () => expect(await remains(pool)).toEqual([]), { timeout: 5_000, interval: 50 })
}

/** Rows that `target` has too few times or too often, or that should not be there. */
async function differences(pool: AnyPool, skipped: string): Promise<readonly Row[]> {
  return ask(
    pool,
    `select id, payload, sum(wanted) as wanted, sum(times) as times
    from (
      select id, upper(payload) as payload, 1 as wanted, 0 as times from source where id % 5 <> 0 and not (${skipped})
      union all
      select id, payload, 0, 1 from target
    ) as r
    group by id, payload having sum(wanted) <> 1 or sum(times) <> 1 order by id limit 20`,
  )
}

/** The counts of the step over all its executions. */
async function sums(pool: AnyPool): Promise<unknown> {
  const [row] = await ask(
    pool,
    `select sum(read_count) as r, sum(write_count) as w, sum(filter_count) as f,
       sum(read_skip_count + process_skip_count + write_skip_count) as s, sum(commit_count) as c from BATCH_STEP_EXECUTION`,
  )
  const [read, write, filter, skip, commit] = ['r', 'w', 'f', 's', 'c'].map((name) => Number(row?.[name]))
  return { read, write, filter, skip, commit }
}

/** Executions that look as if they ran still, leases, and transactions that nobody ends. */
async function remains(pool: AnyPool): Promise<readonly Row[]> {
  const open =
    'getConnection' in pool
      ? `select 'session', p.id from information_schema.INNODB_TRX t
         join information_schema.PROCESSLIST p on p.id = t.trx_mysql_thread_id where p.db = database() and p.id <> connection_id()`
      : `select 'session', query from pg_stat_activity
         where datname = current_database() and state like 'idle in transaction%'`
  return ask(
    pool,
    `select 'job execution' as what, status as state from BATCH_JOB_EXECUTION where status not in ('COMPLETED', 'FAILED')
    union all
    select 'step execution', status from BATCH_STEP_EXECUTION where status not in ('COMPLETED', 'FAILED')
    union all
    select 'execution without an end', status from BATCH_JOB_EXECUTION where end_time is null
    union all
    select 'lease', owner_id from BATCH_JOB_LEASE
    union all
    ${open}`,
  )
}
