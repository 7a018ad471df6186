import type pg from 'pg'
import { expect, vi } from 'vitest'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { migratedDatabase, type TestDatabase } from '../support/databases.js'

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

/** The rows that {@link poison} has the database refuse: one or two in a chunk, or none. */
const POISON = 'id % 200 in (7, 9)'

/** How many they are. */
export const POISONED: number = (2 * ROWS) / 200

/** Has the database refuse some rows of `target`, and makes the table that they are skipped into. */
export async function poison(pool: pg.Pool, when: 'at once' | 'at commit'): Promise<void> {
  await pool.query('create table dead (id bigint, phase text)')
  if (when === 'at once') await pool.query(`alter table target add check (not (${POISON}))`)
  else {
    await pool.query(`
      create function refuse() returns trigger language plpgsql as
        $$ begin raise 'row % is refused', new.id using errcode = 'check_violation'; end $$;
      create constraint trigger refuse after insert on target deferrable initially deferred
        for each row when (new.${POISON}) execute function refuse()`)
  }
}

/** How the job ran whose work is looked at. */
export interface CopyRun {
  readonly chunkSize?: number
  /** In any order, a gap that a restart closes may make chunks of other sizes. */
  readonly commitOrder?: 'any'
  /** There are rows that could not be written, and were skipped. */
  readonly skipLimit?: number
}

/** Expects that the job has done all it had to do exactly once, and has left nothing behind. */
export async function expectExactlyOnce(pool: pg.Pool, run: CopyRun = {}): Promise<void> {
  const { chunkSize = CHUNK_SIZE } = run
  const skip = run.skipLimit === undefined ? 0 : POISONED
  expect(await differences(pool, skip === 0 ? 'false' : POISON)).toEqual([])
  if (skip > 0) {
    const { rows } = await pool.query('select count(*)::int as rows, count(distinct id)::int as ids from dead')
    expect(rows).toEqual([{ rows: skip, ids: skip }])
  }
  expect(await sums(pool)).toEqual({
    read: ROWS,
    write: ROWS - ROWS / 5 - skip,
    filter: ROWS / 5,
    skip,
    commit: run.commitOrder === 'any' ? expect.any(Number) : Math.ceil(ROWS / chunkSize),
  })
  // The server may still have to see that a connection is gone.
  await vi.waitFor(async () => expect(await remains(pool)).toEqual([]), { timeout: 5_000, interval: 50 })
}

/** Rows that `target` has too few times or too often, or that should not be there. */
async function differences(pool: pg.Pool, skipped: string): Promise<readonly unknown[]> {
  const { rows } = await pool.query(`
    with expected as (select id, upper(payload) as payload from source where id % 5 <> 0 and not (${skipped})),
         found as (select id, payload, count(*)::int as times from target group by id, payload)
    select id, payload, coalesce(times, 0) as times, expected.id is not null as wanted
    from expected full join found using (id, payload)
    where times is distinct from 1 or expected.id is null
    order by id limit 20`)
  return rows
}

/** The counts of the step over all its executions. */
async function sums(pool: pg.Pool): Promise<unknown> {
  const { rows } = await pool.query(`
    select sum(read_count)::int as read, sum(write_count)::int as write, sum(filter_count)::int as filter,
           sum(read_skip_count + process_skip_count + write_skip_count)::int as skip, sum(commit_count)::int as commit
    from batch_step_execution`)
  return rows[0]
}

/** Executions that look as if they ran still, leases, and transactions that nobody ends. */
async function remains(pool: pg.Pool): Promise<readonly unknown[]> {
  const { rows } = await pool.query(`
    select 'job execution' as what, status as state from batch_job_execution where status not in ('COMPLETED', 'FAILED')
    union all
    select 'step execution', status from batch_step_execution where status not in ('COMPLETED', 'FAILED')
    union all
    select 'execution without an end', status from batch_job_execution where end_time is null
    union all
    select 'lease', owner_id from batch_job_lease
    union all
    select 'session', query from pg_stat_activity
    where datname = current_database() and state like 'idle in transaction%'`)
  return rows
}
