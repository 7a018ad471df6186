import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { StepExecution } from '../../../src/domain/step-execution.js'
import { transactionLabel } from '../../../src/repository/owner-labels.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import type { Lease, LeaseState, OwnerSession } from '../../../src/repository/lease.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { CommitOutcomeUnknownError } from '../../../src/transaction/transaction-errors.js'
import type { SqlTransaction } from '../../../src/transaction/sql-transaction.js'
import { commitGate, waitingFor } from '../../support/commit-gate.js'
import { freshDatabase } from '../../support/databases.js'

const ROW = { text: `INSERT INTO target VALUES ('zombie')` }

interface Scene {
  readonly pool: pg.Pool
  readonly bench: ContractBench
  readonly repository: PostgresJobRepository
  readonly zombie: OwnerSession
  readonly heir: OwnerSession
  readonly lease: Lease
  readonly step: StepExecution
  readonly observed: LeaseState
}

/** An owner whose lease has run out while its step runs, and another one that saw it. */
async function scene(): Promise<Scene> {
  const pool = (await freshDatabase()).pool({ max: 20 })
  await pool.query('create table target (name text)')
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const bench = new ContractBench(repository)
  const [zombie, heir] = [await bench.owner(0), await bench.owner()]
  const { lease } = await bench.start(zombie)
  const step = await bench.step(lease)
  return { pool, bench, repository, zombie, heir, lease, step, observed: await bench.lease(lease.jobInstanceId) }
}

/** The zombie's chunk as it is before its commit: a row written, the checkpoint queued. */
async function chunk({ repository, lease, step }: Scene, label?: string): Promise<SqlTransaction> {
  const transaction = (await repository.transactionManager.begin(
    label === undefined ? {} : { label },
  )) as SqlTransaction
  await transaction.execute(ROW)
  void repository.saveCheckpoint({ ...step, counts: { ...step.counts, write: 1 } }, lease, transaction)
  return transaction
}

async function rowsOf(pool: pg.Pool): Promise<number> {
  return (await pool.query('select from target')).rowCount ?? -1
}

describe('takeover on PostgreSQL', () => {
  test('open transactions of the old owner are ended, found by their label', async () => {
    const it = await scene()
    const transaction = await chunk(it, transactionLabel(it.zombie.ownerId))
    expect(await it.repository.takeOver(it.observed, it.heir.ownerId)).toBe(true)
    const left = await it.pool.query(`select from pg_stat_activity where application_name like 'chunkwise:%'`)
    expect(left.rowCount).toBe(0)
    await expect(transaction.commit()).rejects.toThrow()
    expect(await rowsOf(it.pool)).toBe(0)
    await it.bench.dispose()
  })

  test('a takeover waits for a commit under way, which then counts', async () => {
    const it = await scene()
    const gate = await commitGate(it.pool, 'target')
    const transaction = await chunk(it)
    const commit = transaction.commit()
    await gate.waiting()
    let isDone = false
    const takeover = it.repository.takeOver(it.observed, it.heir.ownerId).finally(() => (isDone = true))
    await waitingFor(it.pool, `locktype in ('transactionid', 'tuple')`)
    expect((await it.bench.lease(it.lease.jobInstanceId)).ownerId).toBe(it.heir.ownerId)
    expect(isDone).toBe(false)
    await gate.open()
    await commit
    expect(await takeover).toBe(true)
    expect(await rowsOf(it.pool)).toBe(1)
    expect(await it.bench.storedStep(it.step.id)).toMatchObject({ version: 2, status: 'FAILED', counts: { write: 1 } })
    await it.bench.dispose()
  })

  test('a step execution that is being inserted is not there after a takeover, which waits for no gate', async () => {
    const it = await scene()
    const gate = await commitGate(it.pool, 'batch_step_execution')
    const inserted = it.bench.step(it.lease, {}, 'late')
    const failed = expect(inserted).rejects.toThrow(CommitOutcomeUnknownError)
    await gate.waiting()
    const takeover = it.repository.takeOver(it.observed, it.heir.ownerId)
    await failed
    await gate.open()
    expect(await takeover).toBe(true)
    const { stepExecutions } = await it.bench.storedExecution(it.lease.jobExecutionId)
    expect(stepExecutions).toMatchObject([{ stepName: 'load', version: 1, status: 'FAILED' }])
    await it.bench.dispose()
  })
})
