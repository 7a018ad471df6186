import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { inject } from 'vitest'
import { atEndOfFile } from './at-end-of-file.js'
import { assertNoLeaks, disconnect } from './connection-leaks.js'

/** A database of one test file. It is dropped at the end of the file, and what is still connected then is an error. */
export interface TestDatabase {
  readonly name: string
  readonly url: string
  /**
   * A new pool on it; closed at the end of the file, if not before. Errors of its idle connections go to `onError`, by
   * default nowhere.
   */
  pool(options?: pg.PoolConfig & { readonly onError?: (error: Error) => void }): pg.Pool
  /** Checks for leaks and drops it now, leaving connections `patience` milliseconds to end; a second call does nothing. */
  drop(patience?: number): Promise<void>
}

/** How a fresh database differs from the server's default one. */
export interface FreshDatabaseOptions {
  /** An ICU locale by which text is ordered, e.g. `en-US`; by default the server's (private servers: C). */
  readonly icuLocale?: string
}

let sequence = 0

/** Makes an empty database. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<TestDatabase> {
  const name = nextName()
  const { icuLocale } = options
  const locale =
    icuLocale === undefined ? '' : `locale_provider icu icu_locale ${pg.escapeLiteral(icuLocale)} encoding 'UTF8'`
  await onServer((client) => client.query(`create database "${name}" template template0 ${locale}`))
  return testDatabase(name)
}

/**
 * Makes a database that `prepare` has worked on. It is called once per run for each `kind`; every database is a clone
 * of what it left. It must close what it opens besides the pool it is given.
 */
export async function migratedDatabase(
  prepare: (pool: pg.Pool) => Promise<void>,
  kind = 'migrated',
): Promise<TestDatabase> {
  const template = `${inject('databasePrefix')}template_${kind}`
  const name = nextName()
  await onServer(async (client) => {
    // Test files run in several processes: the first one makes the template, the others wait for it.
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template])
    if (rowCount === 0) await makeTemplate(client, template, prepare)
    await client.query('select pg_advisory_unlock(hashtext($1))', [template])
    await client.query(`create database "${name}" template "${template}"`)
  })
  return testDatabase(name)
}

async function makeTemplate(
  client: pg.Client,
  template: string,
  prepare: (pool: pg.Pool) => Promise<void>,
): Promise<void> {
  const draft = nextName()
  await client.query(`create database "${draft}" template template0`)
  const pool = new pg.Pool({ connectionString: urlOf(draft) })
  try {
    await prepare(pool)
  } finally {
    await disconnect(pool, 10_000)
  }
  // Renamed only when done: a template that exists is a whole one.
  await client.query(`alter database "${draft}" rename to "${template}"`)
}

function testDatabase(name: string): TestDatabase {
  const url = urlOf(name)
  const pools: pg.Pool[] = []
  let dropped: Promise<void> | undefined
  const database: TestDatabase = {
    name,
    url,
    pool({ onError = () => {}, ...options } = {}) {
      const pool = new pg.Pool({ connectionString: url, ...options })
      pool.on('error', onError)
      pools.push(pool)
      return pool
    },
    drop(patience = 3_000) {
      dropped ??= dropDatabase(name, pools, patience)
      return dropped
    },
  }
  atEndOfFile(async () => {
    if (dropped === undefined) await database.drop()
  })
  return database
}

async function dropDatabase(name: string, pools: readonly pg.Pool[], patience: number): Promise<void> {
  await onServer(async (client) => {
    try {
      await assertNoLeaks(client, name, pools, patience)
    } finally {
      await client.query(`drop database if exists "${name}" with (force)`)
    }
  })
}

function nextName(): string {
  return `${inject('databasePrefix')}${process.pid}_${++sequence}`
}

function urlOf(name: string): string {
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  return url.href
}

async function onServer<T>(use: (client: pg.Client) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ connectionString: inject('postgresUrl'), application_name: 'chunkwise-tests' })
    client.on('error', () => {})
    try {
      await client.connect()
      return await use(client)
    } catch (error) {
      // 55006, object in use: the last connection to the template is still being closed by the server.
      if (attempt === 20 || (error as { code?: unknown }).code !== '55006') throw error
      await delay(100)
    } finally {
      await client.end()
    }
  }
}
