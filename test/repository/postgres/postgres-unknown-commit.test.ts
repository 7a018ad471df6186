import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { ExecutionContext } from '../../../src/domain/execution-context.js'
import { PostgresJobRepository } from '../../../src/repository/postgres/postgres-job-repository.js'
import type { OwnerSession } from '../../../src/repository/lease.js'
import { ContractBench, type Started } from '../../../src/testing/contract-bench.js'
import { CommitOutcomeUnknownError } from '../../../src/transaction/transaction-errors.js'
import { commitGate, cutter, waitingFor } from '../../support/commit-gate.js'
import { freshDatabase } from '../../support/databases.js'

interface Scene {
  readonly pool: pg.Pool
  readonly bench: ContractBench
  readonly repository: PostgresJobRepository
  readonly owner: OwnerSession
  readonly cut: (pid: number) => void
}

async function scene(): Promise<Scene> {
  const database = await freshDatabase()
  const repository = new PostgresJobRepository({ pool: database.pool() })
  await repository.initializeSchema()
  const pool = database.pool()
  const cut = cutter(pool)
  const bench = new ContractBench(new PostgresJobRepository({ pool }))
  return {
    pool: database.pool(),
    bench,
    repository: bench.repository as PostgresJobRepository,
    owner: await bench.owner(),
    cut,
  }
}

/** How the connection is lost: on our side only, so that the commit goes on, or with the server's process. */
const LOSSES = ['committed', 'rolled back'] as const

/** Does `work`, whose commit writes `table`, and loses the connection while the commit is under way. */
async function lost<T>(it: Scene, table: string, loss: (typeof LOSSES)[number], work: () => Promise<T>): Promise<T> {
  const gate = await commitGate(it.pool, table)
  const result = work()
  result.catch(() => undefined)
  const pid = await gate.waiting()
  if (loss === 'committed') it.cut(pid)
  else await it.pool.query('select pg_terminate_backend($1)', [pid])
  await gate.open()
  return result
}

describe('commits whose outcome is unknown, on PostgreSQL', () => {
  for (const loss of LOSSES) {
    test(`a start that was ${loss} starts one execution`, async () => {
      const it = await scene()
      const { execution, lease } = await lost(it, 'batch_job_execution', loss, () => it.bench.start(it.owner))
      expect(execution.status).toBe('STARTED')
      expect(await it.bench.lease(lease.jobInstanceId)).toMatchObject(lease)
      expect(await it.repository.listJobExecutions(lease.jobInstanceId)).toHaveLength(1)
      await it.bench.dispose()
    })

    test(`partitions whose commit was ${loss} are stored once`, async () => {
      const it = await scene()
      const { lease } = await it.bench.start(it.owner)
      const stepExecution = await it.bench.step(lease)
      const partitions = [{ stepName: 'load:a', executionContext: new ExecutionContext() }]
      await lost(it, 'batch_step_execution', loss, () =>
        it.repository.createPartitions({ lease, stepExecution, partitions }),
      )
      expect(await it.bench.storedStep(stepExecution.id)).toMatchObject({ status: 'STARTED', version: 1 })
      expect(await it.repository.listStepExecutions(lease.jobInstanceId, 'load:a')).toHaveLength(1)
      await it.bench.dispose()
    })

    test(`an update that was ${loss} is stored once`, async () => {
      const it = await scene()
      const { lease } = await it.bench.start(it.owner)
      const step = await it.bench.step(lease)
      const updated = await lost(it, 'batch_step_execution', loss, () =>
        it.repository.updateStepExecution({ ...step, status: 'COMPLETED' }, lease),
      )
      expect(updated).toMatchObject({ status: 'COMPLETED', version: 1 })
      expect(await it.bench.storedStep(step.id)).toMatchObject({ status: 'COMPLETED', version: 1 })
      await it.bench.dispose()
    })

    test(`an end that was ${loss} is stored once`, async () => {
      const it = await scene()
      const started: Started = await it.bench.start(it.owner)
      const finished = await lost(it, 'batch_job_execution', loss, () => it.bench.finish(started))
      expect(finished).toMatchObject({ status: 'COMPLETED', version: 1 })
      expect(await it.repository.findLease(started.lease.jobInstanceId)).toBeUndefined()
      await it.bench.dispose()
    })

    test(`the end of a start in doubt that was ${loss} is stored once`, async () => {
      const it = await scene()
      const { lease } = await it.bench.start(it.owner)
      await lost(it, 'batch_job_execution', loss, () =>
        (it.bench.repository as PostgresJobRepository).settleStart(lease),
      )
      expect(await it.bench.storedExecution(lease.jobExecutionId)).toMatchObject({ status: 'FAILED', version: 1 })
      expect(await it.repository.findLease(lease.jobInstanceId)).toBeUndefined()
      await it.bench.dispose()
    })

    test(`whether a checkpoint was ${loss} is read once its commit is no longer under way`, async () => {
      const it = await scene()
      const { lease } = await it.bench.start(it.owner)
      const step = await it.bench.step(lease)
      const gate = await commitGate(it.pool, 'batch_step_execution')
      const transaction = await it.repository.transactionManager.begin()
      const answer = it.repository.saveCheckpoint({ ...step, counts: { ...step.counts, read: 1 } }, lease, transaction)
      const commit = transaction.commit().then(
        () => 'committed',
        (error: unknown) => error,
      )
      const pid = await gate.waiting()
      if (loss === 'committed') it.cut(pid)
      else await it.pool.query('select pg_terminate_backend($1)', [pid])
      expect(await commit).toBeInstanceOf(CommitOutcomeUnknownError)
      const isCommitted = it.repository.isCheckpointCommitted(step, lease)
      if (loss === 'committed') await waitingFor(it.pool, `locktype = 'transactionid'`)
      await gate.open()
      expect(await isCommitted).toBe(loss === 'committed')
      transaction.resolve(await isCommitted)
      if (loss === 'committed') expect(await answer).toEqual({ stopRequested: false })
      expect((await it.bench.storedStep(step.id)).counts.read).toBe(loss === 'committed' ? 1 : 0)
      await it.bench.dispose()
    })
  }
})
