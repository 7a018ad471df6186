import { type JobRepository, MemoryJobRepository } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import type pg from 'pg'
import { migratedDatabase } from '../../support/databases.js'
import { mysqlPool } from '../../support/migrated-mysql.js'

/** Gives a repository: a new one in memory, or one on the file's own database. */
export type OpenStore = () => Promise<JobRepository>

let database: Promise<JobRepository> | undefined

async function openDatabase(): Promise<JobRepository> {
  const prepare = (pool: pg.Pool): Promise<void> => new PostgresJobRepository({ pool }).initializeSchema()
  const { pool } = await migratedDatabase(prepare, 'launch').then((made) => ({ pool: made.pool({ max: 8 }) }))
  return new PostgresJobRepository({ pool })
}

let mysqlRepository: Promise<JobRepository> | undefined

async function openMysql(): Promise<JobRepository> {
  return new MysqlJobRepository({ pool: await mysqlPool() })
}

/** Where every rule is kept. */
export const stores: readonly (readonly [where: string, open: OpenStore])[] = [
  ['in memory', async () => new MemoryJobRepository()],
  ['in PostgreSQL', () => (database ??= openDatabase())],
  ['in MySQL', () => (mysqlRepository ??= openMysql())],
]
