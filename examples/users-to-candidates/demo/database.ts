import type { JobExecution, JobRepository } from 'chunkwise'
import { JobOperator } from 'chunkwise'
import type { CandidateItems } from '../candidate-job.js'
import { mysqlDatabase } from './mysql-database.js'
import { postgresDatabase } from './postgres-database.js'

/** The users whose last login is earlier are inactive: about half of them. */
export const BEFORE: Date = new Date('2025-12-21T00:00:00Z')

/** Where the demo runs: whatever else is in the database stays as it is. */
export interface DemoDatabase {
  /** The schema or database that holds everything, also the job repository. */
  readonly place: string
  readonly items: CandidateItems
  readonly repository: JobRepository
  /** Drops what an earlier demo left, and makes the tables, `users` users and an empty job repository. */
  prepare(users: number): Promise<void>
  /** The only row of a query, in which `:before` is {@link BEFORE}. `client`: as a transaction sees it. */
  row(sql: string, client?: unknown): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
}

/** Opens the demo's place on a PostgreSQL, MySQL or MariaDB server, with a pool of `max` connections. */
export function demoDatabase(databaseUrl: string, max = 10): DemoDatabase {
  const { protocol } = new URL(databaseUrl)
  if (protocol === 'mysql:') return mysqlDatabase(databaseUrl, max)
  if (protocol === 'postgres:' || protocol === 'postgresql:') return postgresDatabase(databaseUrl, max)
  throw new Error(`the demo runs on postgres:// and mysql://, not on ${protocol}//`)
}

/** How many users the job has to read. */
export async function countInactive(database: DemoDatabase): Promise<number> {
  return Number((await database.row('select count(*) as inactive from users where last_login < :before'))['inactive'])
}

/** What the repository remembers of the job, the first execution first. */
export async function executionsOf({ repository }: DemoDatabase, jobName: string): Promise<readonly JobExecution[]> {
  await using operator = new JobOperator({ repository })
  const [instance] = await operator.instances(jobName)
  return instance === undefined ? [] : (await operator.executions(instance)).toReversed()
}
