import { randomUUID } from 'node:crypto'
import type { JobRepository } from 'chunkwise'
import { describe, expect, test, vi } from 'vitest'
import { PoolTooSmallError } from '../../src/domain/ownership-errors.js'
import { ContractBench } from '../../src/testing/contract-bench.js'
import {
  type AnyPool,
  ask,
  eachSession,
  hold,
  isMysql,
  repositoryOn,
  SQL_DATABASES,
  type SqlTestDatabase,
} from '../support/sql-databases.js'

interface Scene {
  readonly database: SqlTestDatabase
  readonly repository: JobRepository
  readonly pool: AnyPool
  readonly bench: ContractBench
  /** What runs a statement in each session of the pool. */
  readonly sessions: readonly ((sql: string) => Promise<unknown>)[]
}

async function prepared(make: () => Promise<SqlTestDatabase>): Promise<Scene> {
  const database = await make()
  const pool = database.pool()
  const sessions: ((sql: string) => Promise<unknown>)[] = []
  eachSession(pool, (run) => sessions.push(run))
  const repository = repositoryOn(pool)
  return { database, repository, pool, sessions, bench: new ContractBench(repository) }
}

/** The ids of the sessions that are named after an owner. */
async function named(pool: AnyPool, ownerId: string): Promise<readonly unknown[]> {
  const name = `'chunkwise owner ${ownerId}'`
  const rows = await ask(
    pool,
    isMysql(pool)
      ? `select id as id from information_schema.PROCESSLIST where is_used_lock(concat(${name}, '#', id)) = id`
      : `select pid as id from pg_stat_activity where application_name = ${name} and datname = current_database()`,
  )
  return rows.map(({ id }) => id)
}

/** The key of the lock of each owner there is. */
async function keys(pool: AnyPool): Promise<readonly string[]> {
  const type = isMysql(pool) ? 'char' : 'text'
  const rows = await ask(pool, `select cast(LOCK_KEY as ${type}) as lock_key from BATCH_OWNER`)
  return rows.map((row) => String(row['lock_key']))
}

/** The ids of the sessions that hold the lock of a key. */
async function holders(pool: AnyPool, key: string): Promise<readonly unknown[]> {
  const rows = await ask(
    pool,
    isMysql(pool)
      ? `select is_used_lock('chunkwise lock ${key}') as id`
      : `select pid as id from pg_locks where locktype = 'advisory'
          and database = (select oid from pg_database where datname = current_database())`,
  )
  return rows.map(({ id }) => id).filter((id) => id !== null)
}

async function killSession(pool: AnyPool, id: unknown): Promise<void> {
  await ask(pool, isMysql(pool) ? `kill ${String(id)}` : `select pg_terminate_backend(${String(id)})`)
}

describe.each(SQL_DATABASES)('owners on $on', ({ make }) => {
  test('an owner is shown alive by a session lock, and its name is on the session', async () => {
    const { pool, bench } = await prepared(make)
    const owner = await bench.owner()
    expect(owner.sessionLock).toBe(true)
    const [key = ''] = await keys(pool)
    const ids = await named(pool, owner.ownerId)
    expect(ids).toHaveLength(1)
    expect(await holders(pool, key)).toEqual(ids)
    await bench.dispose()
  })

  test('closing leaves neither lock nor name nor row behind, and gives the connection back', async () => {
    const { database, pool, bench } = await prepared(make)
    const { ownerId } = await bench.owner()
    const [key = ''] = await keys(pool)
    await bench.dispose()
    expect(await holders(pool, key)).toEqual([])
    expect(await named(pool, ownerId)).toEqual([])
    expect(await keys(pool)).toEqual([])
    const small = database.pool(2)
    const other = new ContractBench(repositoryOn(small))
    await other.owner()
    await other.dispose()
    // Of a pool of two, both are to be had again.
    for (const held of [await hold(small), await hold(small)]) held.release()
  })

  test('a session that breaks is told, seen by others, and taken up again by a renewal', async () => {
    const { repository, pool, bench } = await prepared(make)
    const onSessionLost = vi.fn()
    const ownerId = randomUUID()
    const owner = await repository.openOwner({ ownerId, leaseDuration: 60_000, onSessionLost })
    const { lease } = await bench.start(owner)
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: false, expired: false })
    for (const id of await named(pool, ownerId)) await killSession(pool, id)
    await vi.waitFor(() => expect(onSessionLost).toHaveBeenCalledTimes(1))
    await vi.waitFor(async () =>
      expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: true, expired: false }),
    )
    await owner.renew()
    expect(owner.sessionLock).toBe(true)
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: false, expired: false })
    await owner.close()
  })

  test('an owner whose session does not hold the lock says so, and the lease alone decides', async () => {
    const { repository, pool, sessions, bench } = await prepared(make)
    const owner = await bench.owner()
    const { lease } = await bench.start(owner)
    // As behind a pooler that deals out sessions anew, where the lock is on another session than the renewals.
    for (const run of sessions) await run(isMysql(pool) ? 'do release_all_locks()' : 'select pg_advisory_unlock_all()')
    await owner.renew()
    expect(owner.sessionLock).toBe(false)
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: undefined, expired: false })
    await bench.dispose()
  })

  test('an owner whose row was removed registers again by renewing', async () => {
    const { pool, bench } = await prepared(make)
    const owner = await bench.owner()
    await ask(pool, 'delete from BATCH_OWNER')
    await expect(bench.start(owner)).rejects.toMatchObject({ code: 'BATCH_UNKNOWN_OWNER' })
    await owner.renew()
    await bench.start(owner)
    await bench.dispose()
  })

  test('owners long dead are forgotten when another comes, unless they hold a lease', async () => {
    const { pool, bench } = await prepared(make)
    const [idle, holder] = [await bench.owner(), await bench.owner()]
    await bench.start(holder)
    await ask(pool, "update BATCH_OWNER set EXPIRES_AT = EXPIRES_AT - interval '2' hour")
    const next = await bench.owner()
    const rows = await ask(pool, 'select OWNER_ID as id from BATCH_OWNER')
    expect(rows.map(({ id }) => String(id)).toSorted()).toEqual([holder.ownerId, next.ownerId].toSorted())
    expect(idle.sessionLock).toBe(true)
    await bench.dispose()
  })

  test('a pool of one connection is too small for an owner', async () => {
    const pool = (await make()).pool(1)
    await expect(new ContractBench(repositoryOn(pool)).owner()).rejects.toThrow(PoolTooSmallError)
  })

  test('a lost connection is never an unhandled error of the host', async () => {
    const { database, repository, pool, bench } = await prepared(make)
    await bench.owner()
    const transaction = await repository.transactionManager.begin()
    expect(transaction.client).toBeDefined()
    const another = database.pool(1)
    const others = isMysql(pool)
      ? 'select id as id from information_schema.PROCESSLIST where db = database() and id <> connection_id()'
      : 'select pid as id from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
    for (const { id } of await ask(another, others)) await killSession(another, id)
    await expect(transaction.commit()).rejects.toThrow()
    await vi.waitFor(async () => expect(await repository.listJobNames()).toEqual([]))
    await bench.dispose()
  })
})
