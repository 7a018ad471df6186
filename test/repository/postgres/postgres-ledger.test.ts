import { expect, test } from 'vitest'
import { NO_COUNTS } from '../../../src/domain/step-counts.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import type { RangeRecord } from '../../../src/repository/range-ledger.js'
import { ContractBench } from '../../../src/testing/contract-bench.js'
import { commitGate, cutter, waitingFor } from '../../support/commit-gate.js'
import { freshDatabase } from '../../support/databases.js'

async function scene() {
  const database = await freshDatabase()
  const pool = database.pool()
  const repository = new PostgresJobRepository({ pool })
  await repository.initializeSchema()
  const bench = new ContractBench(repository)
  const owner = await bench.owner()
  const { lease } = await bench.start(owner)
  const step = await bench.step(lease)
  const record = (ordinal: number): RangeRecord => ({
    stepExecution: step,
    range: { ordinal, from: ordinal === 1 ? undefined : { at: ordinal - 1 }, to: { at: ordinal }, isLast: false },
    counts: { ...NO_COUNTS, read: 1, write: 1, commit: 1 },
  })
  const save = async (ordinal: number) => {
    const transaction = await repository.transactionManager.begin()
    void repository.saveRange(record(ordinal), lease, transaction)
    return transaction
  }
  return { pool, database, repository, bench, owner, lease, step, record, save }
}

test('a fold and a heartbeat wait for no chunk that has stored its range and not committed', async () => {
  const { repository, owner, lease, step, record, save, bench } = await scene()
  await (await save(1)).commit()
  const open = await save(2)
  await open.begin()
  await owner.renew()
  const { range } = record(1)
  await repository.foldRanges(
    { stepExecution: step, from: undefined, through: range, settle: false, complete: false },
    lease,
  )
  await open.commit()
  expect((await bench.storedStep(step.id)).version).toBe(1)
  expect(await repository.hasRanges(lease.jobInstanceId, step.stepName)).toBe(true)
  await bench.dispose()
})

test('a takeover waits for a chunk that has stored its range, and lets no later one pass', async () => {
  const { database, repository, lease, save, bench } = await scene()
  const [early, late] = [await save(1), await save(2)]
  await early.begin()
  const other = new PostgresJobRepository({ pool: database.pool() })
  const owner = await other.openOwner({ ownerId: 'successor', leaseDuration: 60_000, onSessionLost: () => undefined })
  const observed = await bench.lease(lease.jobInstanceId)
  const watching = database.pool()
  const taken = other.takeOver({ ...observed, expired: true, sessionGone: true }, owner.ownerId)
  await waitingFor(watching, "locktype in ('transactionid', 'tuple')")
  await expect(late.commit()).rejects.toMatchObject({ code: 'BATCH_OWNERSHIP_LOST' })
  await early.commit()
  expect(await taken).toBe(true)
  const { rows } = await watching.query('select ordinal::int from batch_step_range')
  expect(rows).toEqual([{ ordinal: 1 }])
  expect(await repository.findLease(lease.jobInstanceId)).toBeUndefined()
  await owner.close()
  await bench.dispose()
})

for (const outcome of ['committed', 'rolled back'] as const) {
  test(`whether a range was stored is told only when its transaction has ${outcome}`, async () => {
    const { repository, lease, record, save, bench, pool } = await scene()
    const open = await save(1)
    await open.begin()
    const told = repository.isRangeCommitted(record(1), lease)
    await waitingFor(pool, "locktype = 'transactionid'")
    await (outcome === 'committed' ? open.commit() : open.rollback())
    expect(await told).toBe(outcome === 'committed')
    const { rows } = await pool.query('select step_execution_id::int as id from batch_step_range')
    expect(rows).toEqual(outcome === 'committed' ? [{ id: record(1).stepExecution.id }] : [])
    await bench.dispose()
  })
}

test('a fold whose connection is lost at its commit is stored once', async () => {
  const { database, repository, lease, step, record, save, bench, pool } = await scene()
  // The pool's clients are known to the cutter from their connection on.
  const cut = cutter(pool)
  await (await save(1)).commit()
  const watching = database.pool()
  const gate = await commitGate(watching, 'batch_step_execution')
  const fresh = new PostgresJobRepository({ pool })
  const { range } = record(1)
  const fold = { stepExecution: step, from: undefined, through: range, settle: false, complete: false }
  const folded = fresh.foldRanges(fold, lease)
  const pid = await gate.waiting()
  cut(pid)
  await gate.open()
  await folded
  expect((await bench.storedStep(step.id)).version).toBe(1)
  expect(await repository.hasRanges(lease.jobInstanceId, step.stepName)).toBe(false)
  await bench.dispose()
})
