import type { JobRepository } from 'chunkwise'
import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import type mysqlCore from 'mysql2'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { expect, vi } from 'vitest'
import { migratedDatabase } from './databases.js'
import { freshMysqlDatabase } from './mysql-databases.js'

/** A pool of either driver. */
export type AnyPool = pg.Pool | mysql.Pool

/** A row of either driver, with the columns as the database calls them. */
export type Row = Readonly<Record<string, unknown>>

/** A database of either server with the repository's tables in it. */
export interface SqlTestDatabase {
  readonly url: string
  /** A new pool on it, of so many connections at most; on `url` if what stands there leads to it. */
  pool(connections?: number, url?: string): AnyPool
}

/** Both servers, for `describe.each`: what each makes is a database of its own, with the repository's tables. */
export const SQL_DATABASES: readonly { readonly on: string; readonly make: () => Promise<SqlTestDatabase> }[] = [
  { on: 'PostgreSQL', make: postgresDatabase },
  { on: 'MySQL', make: mysqlDatabase },
]

async function postgresDatabase(): Promise<SqlTestDatabase> {
  const database = await migratedDatabase((pool) => new PostgresJobRepository({ pool }).initializeSchema(), 'launch')
  const { url } = database
  return { url, pool: (max = 8, connectionString = url) => database.pool({ max, connectionString }) }
}

async function mysqlDatabase(): Promise<SqlTestDatabase> {
  const database = await freshMysqlDatabase()
  const { url } = database
  const pool = (connectionLimit = 8, uri = url): mysql.Pool => database.pool({ connectionLimit, uri })
  await new MysqlJobRepository({ pool: pool() }).initializeSchema()
  return { url, pool }
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

/** A connection that a test has taken for itself. */
export interface HeldConnection {
  run(sql: string): Promise<unknown>
  release(): void
}

/** Takes a connection of the pool. */
export async function hold(pool: AnyPool): Promise<HeldConnection> {
  if (isMysql(pool)) {
    const connection = await pool.getConnection()
    return { run: (sql) => connection.query(sql), release: () => connection.release() }
  }
  const client = await pool.connect()
  return { run: (sql) => client.query(sql), release: () => client.release() }
}

/** Resolves when a transaction on the pool's database waits for a row that another one has locked. */
export async function untilLocked(pool: AnyPool): Promise<void> {
  const waiting = isMysql(pool)
    ? `select 1 from information_schema.INNODB_TRX t join information_schema.PROCESSLIST p
        on p.id = t.trx_mysql_thread_id where p.db = database() and t.trx_state = 'LOCK WAIT'`
    : `select 1 from pg_locks join pg_stat_activity using (pid)
        where not granted and locktype in ('transactionid', 'tuple') and datname = current_database()`
  // MySQL looks anew only when nobody has asked for a tenth of a second.
  const patience = { timeout: 10_000, interval: isMysql(pool) ? 150 : 10 }
  await vi.waitFor(async () => expect(await ask(pool, waiting)).not.toEqual([]), patience)
}

/** Tells each new session of a pool, as what runs a statement in it, before anybody uses it. */
export function eachSession(pool: AnyPool, tell: (run: (sql: string) => Promise<unknown>) => void): void {
  if (isMysql(pool)) {
    pool.on('connection', (client) => tell((sql) => (client as unknown as mysqlCore.Connection).promise().query(sql)))
  } else pool.on('connect', (client) => tell((sql) => client.query(sql)))
}
