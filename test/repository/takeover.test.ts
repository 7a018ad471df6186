import { MysqlJobRepository } from 'chunkwise/mysql'
import { PostgresJobRepository } from 'chunkwise/postgres'
import type mysql from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { OwnershipLostError } from '../../src/domain/ownership-errors.js'
import type { StepExecution } from '../../src/domain/step-execution.js'
import type { Lease, LeaseState, OwnerSession } from '../../src/repository/lease.js'
import { transactionLabel } from '../../src/repository/owner-labels.js'
import type { SqlJobRepository } from '../../src/repository/sql/sql-job-repository.js'
import { ContractBench } from '../../src/testing/contract-bench.js'
import type { SqlTransaction } from '../../src/transaction/sql-transaction.js'
import { freshDatabase } from '../support/databases.js'
import { freshMysqlDatabase } from '../support/mysql-databases.js'

const ROW = { text: `INSERT INTO target VALUES ('zombie')` }

interface Server {
  readonly repository: SqlJobRepository
  /** On a pool of its own: a connection of MySQL keeps the name that it was given, and would be found by it. */
  readonly unnamed: SqlJobRepository
  query(text: string): Promise<readonly unknown[]>
}

async function postgres(): Promise<Server> {
  const database = await freshDatabase()
  const pool = database.pool({ max: 20 })
  await pool.query('create table target (name text)')
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const unnamed = new PostgresJobRepository({ pool: database.pool() })
  return { repository, unnamed, query: async (text) => (await pool.query(text)).rows }
}

async function mariadb(): Promise<Server> {
  const database = await freshMysqlDatabase()
  const pool = database.pool({ connectionLimit: 20 })
  await pool.query('create table target (name text)')
  const repository = new MysqlJobRepository({ pool })
  await repository.initializeSchema()
  const unnamed = new MysqlJobRepository({ pool: database.pool() })
  const query = async (text: string): Promise<readonly unknown[]> => {
    const [rows] = await pool.query<mysql.RowDataPacket[]>(text)
    return Array.isArray(rows) ? rows : []
  }
  return { repository, unnamed, query }
}

interface Scene extends Server {
  readonly bench: ContractBench
  readonly zombie: OwnerSession
  readonly heir: OwnerSession
  readonly lease: Lease
  readonly step: StepExecution
  readonly observed: LeaseState
}

/** An owner whose lease has run out while its step runs, and another one that saw it. */
async function scene(open: () => Promise<Server>): Promise<Scene> {
  const server = await open()
  const bench = new ContractBench(server.repository)
  const [zombie, heir] = [await bench.owner(0), await bench.owner()]
  const { lease } = await bench.start(zombie)
  const step = await bench.step(lease)
  return { ...server, bench, zombie, heir, lease, step, observed: await bench.lease(lease.jobInstanceId) }
}

/** The zombie's chunk as it is before its commit: a row written, the checkpoint queued. */
async function chunk({ unnamed: repository, lease, step }: Scene, label?: string): Promise<SqlTransaction> {
  const transaction = (await repository.transactionManager.begin(
    label === undefined ? {} : { label },
  )) as SqlTransaction
  await transaction.execute(ROW)
  void repository.saveCheckpoint({ ...step, counts: { ...step.counts, write: 1 } }, lease, transaction)
  return transaction
}

const rowsOf = async (it: Scene): Promise<number> => (await it.query('select * from target')).length

describe.each([
  ['PostgreSQL', postgres],
  ['MySQL', mariadb],
])('takeover on %s', (_name, open) => {
  test('a chunk of the old owner that commits after the takeover fails with OwnershipLostError', async () => {
    const it = await scene(open)
    const transaction = await chunk(it)
    expect(await it.repository.takeOver(it.observed, it.heir.ownerId)).toBe(true)
    await expect(transaction.commit()).rejects.toThrow(OwnershipLostError)
    expect(await rowsOf(it)).toBe(0)
    expect(await it.bench.storedStep(it.step.id)).toMatchObject({ version: 1, status: 'FAILED', counts: { write: 0 } })
    await it.bench.dispose()
  })

  test('a takeover that died after its first step is taken over in turn', async () => {
    const it = await scene(open)
    const dead = await it.bench.owner(0)
    await it.query(`update BATCH_JOB_LEASE set OWNER_ID = '${dead.ownerId}'`)
    expect(await it.repository.takeOver(it.observed, it.heir.ownerId)).toBe(false)
    const observed = await it.bench.lease(it.lease.jobInstanceId)
    expect(observed).toMatchObject({ ownerId: dead.ownerId, expired: true })
    expect(await it.repository.takeOver(observed, it.heir.ownerId)).toBe(true)
    expect(await it.repository.findLease(it.lease.jobInstanceId)).toBeUndefined()
    await it.bench.dispose()
  })

  test('an owner finishes by itself a takeover that it could not finish', async () => {
    const it = await scene(open)
    await it.query(`update BATCH_JOB_LEASE set OWNER_ID = '${it.heir.ownerId}'`)
    const observed = await it.bench.lease(it.lease.jobInstanceId)
    expect(await it.repository.takeOver(observed, it.heir.ownerId)).toBe(true)
    await it.heir.renew()
    expect(it.heir.sessionLock).toBe(true)
    expect(await it.bench.storedExecution(it.lease.jobExecutionId)).toMatchObject({ status: 'FAILED' })
    await it.bench.dispose()
  })

  test('an owner whose row is gone has expired, and is taken over', async () => {
    const it = await scene(open)
    await it.query(`delete from BATCH_OWNER where OWNER_ID = '${it.zombie.ownerId}'`)
    const observed = await it.bench.lease(it.lease.jobInstanceId)
    expect(observed).toMatchObject({ expired: true, sessionGone: undefined })
    expect(await it.repository.takeOver(observed, it.heir.ownerId)).toBe(true)
    await it.bench.dispose()
  })

  test('a chunk of the old owner that has the lease locked and never commits is ended, if its label can be found', async () => {
    const it = await scene(open)
    const transaction = await chunk(it, transactionLabel(it.zombie.ownerId))
    // The checkpoint is in the database, the COMMIT is not sent: as of a process that is frozen there.
    await transaction.flush()
    expect(await it.repository.takeOver(it.observed, it.heir.ownerId)).toBe(true)
    await expect(transaction.commit()).rejects.toThrow()
    expect(await rowsOf(it)).toBe(0)
    expect(await it.bench.storedStep(it.step.id)).toMatchObject({ status: 'FAILED', counts: { write: 0 } })
    await it.bench.dispose()
  })

  test('a chunk of the old owner that has the lease locked and commits in time counts', async () => {
    const it = await scene(open)
    const transaction = await chunk(it)
    await transaction.flush()
    const takeover = it.repository.takeOver(it.observed, it.heir.ownerId)
    await transaction.commit()
    expect(await takeover).toBe(true)
    expect(await rowsOf(it)).toBe(1)
    expect(await it.bench.storedStep(it.step.id)).toMatchObject({ version: 2, status: 'FAILED', counts: { write: 1 } })
    await it.bench.dispose()
  })
})
