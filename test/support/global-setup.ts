import { randomBytes } from 'node:crypto'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startMariadb } from '../../scripts/private-mariadb.mjs'
import { startPostgres } from '../../scripts/private-postgres.mjs'

declare module 'vitest' {
  interface ProvidedContext {
    /** Leads to a database of a server on which this run may make its own. */
    postgresUrl: string
    /** The same for MySQL or MariaDB. */
    mysqlUrl: string
    /** What the names of all databases of this run start with. */
    databasePrefix: string
  }
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

/** Gives the run its database servers: those named in the environment, or private ones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `cw_${randomBytes(4).toString('hex')}_`
  const [postgres, mariadb] = await Promise.all([postgresServer(prefix), mysqlServer(prefix)])
  project.provide('postgresUrl', postgres.url)
  project.provide('mysqlUrl', mariadb.url)
  project.provide('databasePrefix', prefix)
  return async () => void (await Promise.all([postgres.stop(), mariadb.stop()]))
}

async function postgresServer(prefix: string): Promise<Server> {
  const url = process.env['CHUNKWISE_TEST_POSTGRES_URL'] ?? ''
  if (url === '') return startPostgres({ durable: false })
  await usable('CHUNKWISE_TEST_POSTGRES_URL', () => onPostgres(url, checkPostgres))
  return { url, stop: () => onPostgres(url, (client) => dropPostgres(client, prefix)) }
}

async function mysqlServer(prefix: string): Promise<Server> {
  const url = process.env['CHUNKWISE_TEST_MYSQL_URL'] ?? ''
  if (url === '') return startMariadb({ durable: false })
  await usable('CHUNKWISE_TEST_MYSQL_URL', () => onMysql(url, (connection) => checkMysql(connection, prefix)))
  return { url, stop: () => onMysql(url, (connection) => dropMysql(connection, prefix)) }
}

async function usable(variable: string, check: () => Promise<void>): Promise<void> {
  await check().catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `${variable} cannot be used: ${reason}. Start that server, or unset the variable to get a private one.`,
      { cause },
    )
  })
}

async function checkPostgres(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ able: boolean }>(
    'select rolcreatedb or rolsuper as able from pg_roles where rolname = current_user',
  )
  if (rows[0]?.able !== true) throw new Error('the user may not create databases')
}

async function checkMysql(connection: mysql.Connection, prefix: string): Promise<void> {
  await connection.query(`CREATE DATABASE ${prefix}check`)
  await connection.query(`DROP DATABASE ${prefix}check`)
}

async function dropPostgres(client: pg.Client, prefix: string): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [prefix],
  )
  for (const { datname } of rows) await client.query(`drop database if exists "${datname}" with (force)`)
}

async function dropMysql(connection: mysql.Connection, prefix: string): Promise<void> {
  const [rows] = await connection.query<mysql.RowDataPacket[]>(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, ?) = ?',
    [prefix.length, prefix],
  )
  for (const row of rows) await connection.query(`DROP DATABASE IF EXISTS ${String(row['name'])}`)
}

async function onPostgres(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end()
  }
}

async function onMysql(url: string, use: (connection: mysql.Connection) => Promise<void>): Promise<void> {
  const connection = await mysql.createConnection(url)
  try {
    await use(connection)
  } finally {
    await connection.end()
  }
}
