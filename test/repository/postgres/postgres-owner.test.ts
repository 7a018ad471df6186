import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { PoolTooSmallError } from '../../../src/domain/ownership-errors.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { freshDatabase } from '../../support/databases.js'

async function prepared(): Promise<{
  readonly repository: PostgresJobRepository
  readonly pool: pg.Pool
  readonly bench: ContractBench
  readonly clients: readonly pg.PoolClient[]
}> {
  const pool = (await freshDatabase()).pool()
  const clients: pg.PoolClient[] = []
  pool.on('connect', (client) => clients.push(client))
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  return { repository, pool, clients, bench: new ContractBench(repository) }
}

describe('owners on PostgreSQL', () => {
  test('an owner is shown alive by a session lock, and its name is on the session', async () => {
    const { pool, bench } = await prepared()
    const owner = await bench.owner()
    expect(owner.sessionLock).toBe(true)
    const { rows } = await pool.query(
      `select application_name as name from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory'`,
    )
    expect(rows).toEqual([{ name: `chunkwise owner ${owner.ownerId}` }])
    await bench.dispose()
  })

  test('closing leaves neither lock nor name nor row behind, and gives the connection back', async () => {
    const { pool, bench } = await prepared()
    await bench.owner()
    await bench.dispose()
    const locks = await pool.query(
      `select from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`,
    )
    expect(locks.rowCount).toBe(0)
    const named = await pool.query(
      `select from pg_stat_activity where application_name like 'chunkwise owner%' and datname = current_database()`,
    )
    expect(named.rowCount).toBe(0)
    expect((await pool.query('select from batch_owner')).rowCount).toBe(0)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('a session that breaks is told, seen by others, and taken up again by a renewal', async () => {
    const { repository, pool, bench } = await prepared()
    const onSessionLost = vi.fn()
    const ownerId = randomUUID()
    const owner = await repository.openOwner({ ownerId, leaseDuration: 60_000, onSessionLost })
    const { lease } = await bench.start(owner)
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: false, expired: false })
    await pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1`, [
      `chunkwise owner ${ownerId}`,
    ])
    await vi.waitFor(() => expect(onSessionLost).toHaveBeenCalledTimes(1))
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: true, expired: false })
    await owner.renew()
    expect(owner.sessionLock).toBe(true)
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: false, expired: false })
    await owner.close()
  })

  test('an owner whose session does not hold the lock says so, and the lease alone decides', async () => {
    const { repository, clients, bench } = await prepared()
    const owner = await bench.owner()
    const { lease } = await bench.start(owner)
    // As behind a pooler that deals out sessions anew, where the lock is on another session than the renewals.
    for (const client of clients) await client.query('select pg_advisory_unlock_all()')
    await owner.renew()
    expect(owner.sessionLock).toBe(false)
    expect(await repository.findLease(lease.jobInstanceId)).toMatchObject({ sessionGone: undefined, expired: false })
    await bench.dispose()
  })

  test('an owner whose row was removed registers again by renewing', async () => {
    const { pool, bench } = await prepared()
    const owner = await bench.owner()
    await pool.query('delete from batch_owner')
    await expect(bench.start(owner)).rejects.toMatchObject({ code: 'BATCH_UNKNOWN_OWNER' })
    await owner.renew()
    await bench.start(owner)
    await bench.dispose()
  })

  test('owners long dead are forgotten when another comes, unless they hold a lease', async () => {
    const { pool, bench } = await prepared()
    const [idle, holder] = [await bench.owner(), await bench.owner()]
    await bench.start(holder)
    await pool.query(`update batch_owner set expires_at = (now() at time zone 'UTC') - interval '2 hours'`)
    const next = await bench.owner()
    const { rows } = await pool.query<{ owner_id: string }>('select owner_id from batch_owner')
    expect(rows.map((row) => row.owner_id).toSorted()).toEqual([holder.ownerId, next.ownerId].toSorted())
    expect(idle.sessionLock).toBe(true)
    await bench.dispose()
  })

  test('a pool of one connection is too small for an owner', async () => {
    const pool = (await freshDatabase()).pool({ max: 1 })
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    await expect(new ContractBench(repository).owner()).rejects.toThrow(PoolTooSmallError)
  })

  test('a lost connection is never an unhandled error of the host', async () => {
    const onError = vi.fn()
    const database = await freshDatabase()
    const pool = database.pool({ onError })
    const repository = new PostgresJobRepository({ pool })
    await repository.initializeSchema()
    const bench = new ContractBench(repository)
    await bench.owner()
    const transaction = await repository.transactionManager.begin()
    expect(transaction.client).toBeDefined()
    await database.pool().query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    )
    await expect(transaction.commit()).rejects.toThrow()
    expect(await repository.listJobNames()).toEqual([])
    await bench.dispose()
  })
})
