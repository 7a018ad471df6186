import type { JobRepository } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { migratedDatabase } from './databases.js'
import { freshMysqlDatabase } from './mysql-databases.js'

/** A pool of either driver. */
export type AnyPool = pg.Pool | mysql.Pool

/** A row of either driver, with the columns as the database calls them. */
export type Row = Readonly<Record<string, unknown>>

/** A database of either server with the repository's tables in it. */
export interface SqlTestDatabase {
  readonly url: string
  /** A new pool on it, of so many connections at most. */
  pool(connections?: number): AnyPool
}

/** Both servers, for `describe.each`: what each makes is a database of its own, with the repository's tables. */
export const SQL_DATABASES: readonly { readonly on: string; readonly make: () => Promise<SqlTestDatabase> }[] = [
  { on: 'PostgreSQL', make: postgresDatabase },
  { on: 'MySQL', make: mysqlDatabase },
]

async function postgresDatabase(): Promise<SqlTestDatabase> {
  const database = await migratedDatabase((pool) => new PostgresJobRepository({ pool }).initializeSchema(), 'launch')
  return { url: database.url, pool: (connections = 8) => database.pool({ max: connections }) }
}

async function mysqlDatabase(): Promise<SqlTestDatabase> {
  const database = await freshMysqlDatabase()
  const pool = (connections = 8): mysql.Pool => database.pool({ connectionLimit: connections })
  await new MysqlJobRepository({ pool: pool() }).initializeSchema()
  return { url: database.url, pool }
}

/** Whether it is a pool of mysql2. */
export function isMysql(pool: AnyPool): pool is mysql.Pool {
  return 'getConnection' in pool
}

/** The repository on a pool. */
export function repositoryOn(pool: AnyPool): JobRepository {
  return isMysql(pool) ? new MysqlJobRepository({ pool }) : new PostgresJobRepository({ pool })
}

/** The rows of a query; none for another statement. */
export async function ask(pool: AnyPool, sql: string): Promise<readonly Row[]> {
  if (!isMysql(pool)) return (await pool.query<Row>(sql)).rows
  const [rows] = await pool.query<mysql.RowDataPacket[]>(sql)
  return Array.isArray(rows) ? rows : []
}

/** Takes a connection for itself; what it resolves with gives it back. */
export async function hold(pool: AnyPool): Promise<() => void> {
  const client = isMysql(pool) ? await pool.getConnection() : await pool.connect()
  return () => client.release()
}
