import mysql from 'mysql2/promise'
import pg from 'pg'
import { startMariadb } from '../../scripts/private-mariadb.mjs'
import { startPostgres } from '../../scripts/private-postgres.mjs'
import type { PrivateServer } from '../../scripts/private-server.mjs'
import { prepareCopy, prepareMysqlCopy } from '../restart/copy-database.js'
import { type AnyPool, ask } from '../support/sql-databases.js'

/** A database on a server that one test file has for itself, so that it may be broken. */
export interface OwnDatabase {
  readonly url: string
  /** The tests' own connections. */
  readonly pool: AnyPool
  /** The sessions of others, by what the server knows them. */
  readonly sessions: () => Promise<readonly number[]>
  /** Ends a session, whatever it does. */
  readonly end: (session: number) => Promise<void>
}

/** A kind of server. */
export interface ServerKind {
  readonly on: 'PostgreSQL' | 'MySQL'
  readonly start: () => Promise<PrivateServer>
  /** Makes a database with a job repository and rows to copy. Its pool is the caller's to end. */
  readonly copyDatabase: (server: PrivateServer) => Promise<OwnDatabase>
}

/** The kinds that faults are tried on. They survive their own crash, not that of the machine. */
export const SERVERS: readonly ServerKind[] = [
  { on: 'PostgreSQL', start: () => startPostgres({ durable: false }), copyDatabase: postgresCopy },
  { on: 'MySQL', start: () => startMariadb({ durable: false }), copyDatabase: mysqlCopy },
]

/** By what the tests' own connections are known. */
const TESTS = 'chunkwise-tests'

let databases = 0

async function postgresCopy({ url: serverUrl }: PrivateServer): Promise<OwnDatabase> {
  const url = await newDatabase(serverUrl, (sql) => onPostgres(serverUrl, sql))
  const pool = new pg.Pool({ connectionString: url, max: 3, application_name: TESTS })
  pool.on('error', () => {})
  await prepareCopy(pool)
  const others = `select pid as id from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and application_name <> '${TESTS}' order by pid`
  return {
    url,
    pool,
    sessions: () => ids(pool, others),
    end: async (session) => void (await ask(pool, `select pg_terminate_backend(${session})`)),
  }
}

async function mysqlCopy({ url: serverUrl }: PrivateServer): Promise<OwnDatabase> {
  const url = await newDatabase(serverUrl, (sql) => onMysql(serverUrl, sql))
  const pool = mysql.createPool({ uri: url, connectionLimit: 3 })
  const own = new Set<number>()
  pool.on('connection', ({ threadId }) => own.add(threadId))
  await prepareMysqlCopy(pool)
  const others = 'select ID as id from information_schema.PROCESSLIST where DB = database() order by ID'
  return {
    url,
    pool,
    sessions: async () => (await ids(pool, others)).filter((id) => !own.has(id)),
    // Who is gone already cannot be killed.
    end: async (session) => void (await ask(pool, `kill ${session}`).catch(() => undefined)),
  }
}

async function ids(pool: AnyPool, sql: string): Promise<readonly number[]> {
  return (await ask(pool, sql)).map(({ id }) => Number(id))
}

async function newDatabase(serverUrl: string, run: (sql: string) => Promise<void>): Promise<string> {
  const name = `faults_${++databases}`
  await run(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function onPostgres(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

async function onMysql(url: string, sql: string): Promise<void> {
  const connection = await mysql.createConnection(url)
  await connection.query(sql)
  await connection.end()
}
