import type pg from 'pg'
import { expect } from 'vitest'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { migratedDatabase, type TestDatabase } from '../support/databases.js'

/** How many rows `source` has, and the chunk size that goes with it. */
export const ROWS = 8_000
export const CHUNK_SIZE = 40

/** A database with `source`, an empty `target` that has no key at all, and a job repository. */
export function copyDatabase(): Promise<TestDatabase> {
  return migratedDatabase(async (pool) => {
    await pool.query('create table source (id bigint primary key, payload text not null)')
    await pool.query('create table target (id bigint, payload text)')
    await pool.query("insert into source select i, 'row ' || i from generate_series(1, $1::bigint) as i", [ROWS])
    await new PostgresJobRepository({ pool }).initializeSchema()
  }, 'restart')
}

/** Expects that the job has done all it had to do exactly once, and has left nothing behind. */
export async function expectExactlyOnce(pool: pg.Pool): Promise<void> {
  expect(await differences(pool)).toEqual([])
  expect(await sums(pool)).toEqual({
    read: ROWS,
    write: ROWS - ROWS / 5,
    filter: ROWS / 5,
    skip: 0,
    commit: Math.ceil(ROWS / CHUNK_SIZE),
  })
  expect(await remains(pool)).toEqual([])
}

/** Rows that `target` has too few times or too often, or that should not be there. */
async function differences(pool: pg.Pool): Promise<readonly unknown[]> {
  const { rows } = await pool.query(`
    with expected as (select id, upper(payload) as payload from source where id % 5 <> 0),
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
