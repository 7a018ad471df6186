import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../scripts/private-postgres.mjs'

declare module 'vitest' {
  interface ProvidedContext {
    /** Leads to a database of a server on which this run may make its own. */
    postgresUrl: string
    /** What the names of all databases of this run start with. */
    databasePrefix: string
  }
}

/** Gives the run its database server: the one named in CHUNKWISE_TEST_POSTGRES_URL, or a private one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `cw_${randomBytes(4).toString('hex')}_`
  const given = process.env['CHUNKWISE_TEST_POSTGRES_URL']
  const server = given === undefined || given === '' ? await startPostgres({ durable: false }) : undefined
  const url = server?.url ?? String(given)
  if (server === undefined) await check(url)
  project.provide('postgresUrl', url)
  project.provide('databasePrefix', prefix)
  return () => (server === undefined ? dropAll(url, prefix) : server.stop())
}

async function check(url: string): Promise<void> {
  await onServer(url, async (client) => {
    const { rows } = await client.query<{ able: boolean }>(
      'select rolcreatedb or rolsuper as able from pg_roles where rolname = current_user',
    )
    if (rows[0]?.able !== true) throw new Error('the user may not create databases')
  }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `CHUNKWISE_TEST_POSTGRES_URL cannot be used: ${reason}. Start that server, or unset the variable to get a private one.`,
      { cause },
    )
  })
}

async function dropAll(url: string, prefix: string): Promise<void> {
  await onServer(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    )
    for (const { datname } of rows) await client.query(`drop database if exists "${datname}" with (force)`)
  })
}

async function onServer(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end()
  }
}
