import pg from 'pg'
import { JobOperator } from 'chunkwise'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { createTables, insertUsers } from '../schema.sql.js'

/** Where everything of the demo is, also the job repository: whatever else is in the database stays as it is. */
export const SCHEMA = 'chunkwise_demo'

/** The users whose last login is earlier are inactive: about half of them. */
export const BEFORE: Date = new Date('2025-12-21T00:00:00Z')

/** A pool whose connections see the demo's schema, and only that. */
export function demoPool(databaseUrl: string, max = 10): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, options: `-c search_path=${SCHEMA}`, max })
  // A connection that breaks while it is idle; the pool replaces it. Without a listener Node would end the process.
  pool.on('error', () => {})
  return pool
}

/** Drops what an earlier demo left, and makes the tables, `users` users and an empty job repository. */
export async function prepare(pool: pg.Pool, users: number): Promise<void> {
  await pool.query(`drop schema if exists ${SCHEMA} cascade`)
  await pool.query(`create schema ${SCHEMA}`)
  await createTables(pool)
  await insertUsers(pool, users)
  await new PostgresJobRepository({ pool }).initializeSchema()
}

/** How many users the job has to read. */
export async function countInactive(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ count: string }>('select count(*) from users where last_login < $1', [BEFORE])
  return Number(rows[0]?.count)
}

/** What the repository remembers of the job, the first execution first. */
export async function executionsOf(pool: pg.Pool, jobName: string): ReturnType<JobOperator['executions']> {
  await using operator = new JobOperator({ repository: new PostgresJobRepository({ pool }) })
  const [instance] = await operator.instances(jobName)
  return instance === undefined ? [] : (await operator.executions(instance)).toReversed()
}
