import { setTimeout as delay } from 'node:timers/promises'
import type mysql from 'mysql2/promise'
import type pg from 'pg'
import { CHUNK_SIZE } from '../restart/copy-database.js'
import { ask } from '../support/sql-databases.js'
import type { Worker } from '../restart/supervisor.js'
import type { OwnDatabase } from './own-server.js'
import type { Link, Proxy } from './proxy.js'

/** A COMMIT that has reached the server, which works on it and cannot end it before it is let. */
export interface HeldCommit {
  /** Resolves with the session that commits; rejects when the worker ends before. */
  under(worker: Worker): Promise<number>
  /** Lets it end. */
  release(): Promise<void>
}

/** Holds the COMMIT of a fourth chunk, once. */
export function holdCommit(database: OwnDatabase, proxy: Proxy): Promise<HeldCommit> {
  return 'getConnection' in database.pool ? holdOnMysql(database.pool, proxy) : holdOnPostgres(database.pool)
}

/** A constraint that is checked at COMMIT waits for a lock that this process has. */
async function holdOnPostgres(pool: pg.Pool): Promise<HeldCommit> {
  await pool.query(`
    create function wait() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(1); return null; end $$;
    create constraint trigger slow_commit after insert on target deferrable initially deferred
      for each row when (new.id = ${3 * CHUNK_SIZE + 1}) execute function wait()`)
  const client = await pool.connect()
  await client.query('select pg_advisory_lock(1)')
  const waiting =
    "select pid as id from pg_stat_activity where datname = current_database() and wait_event = 'advisory'"
  return {
    under: (worker) => untilFound(worker, () => ask(pool, waiting)),
    async release() {
      await client.query('select pg_advisory_unlock(1)')
      client.release()
    },
  }
}

/**
 * MySQL runs no code of ours at COMMIT. But nothing commits while a backup has come so far that nothing may: it is there
 * before the COMMIT is let through to the server. Other transactions write on meanwhile, and wait with their COMMITs.
 */
async function holdOnMysql(pool: mysql.Pool, proxy: Proxy): Promise<HeldCommit> {
  const backup = await pool.getConnection()
  let writes = 0
  let writing: Link | undefined
  let held = false
  proxy.reset(({ text, link }) => {
    if (/^insert into .?target/i.test(text) && ++writes === 4) writing = link
    if (held || link !== writing || !/commit$/i.test(text)) return 'pass'
    held = true
    return blockCommits(backup)
  })
  const waiting = (id: number): string => `select ID as id from information_schema.PROCESSLIST
    where ID = ${id} and STATE = 'Waiting for backup lock' and INFO like '%commit'`
  return {
    under: (worker) => untilFound(worker, () => (held ? ask(pool, waiting(writing?.pid ?? 0)) : Promise.resolve([]))),
    async release() {
      await backup.query('backup stage end')
      backup.release()
    },
  }
}

async function blockCommits(backup: mysql.PoolConnection): Promise<'pass'> {
  for (const stage of ['start', 'flush', 'block_ddl', 'block_commit']) await backup.query(`backup stage ${stage}`)
  return 'pass'
}

/** Resolves with the id that is looked for. */
async function untilFound(worker: Worker, look: () => ReturnType<typeof ask>): Promise<number> {
  const find = async (): Promise<number> => {
    for (;;) {
      const [row] = await look()
      if (row !== undefined) return Number(row['id'])
      await delay(5)
    }
  }
  const end = await Promise.race([find(), worker.ended])
  if (typeof end !== 'number') throw new Error(`the worker ended before its commit was held: ${end.said.at(-1)}`)
  return end
}
