import { describe, expect, test, vi } from 'vitest'
import { BatchError } from '../../src/domain/batch-error.js'
import { ExecutionContext } from '../../src/domain/execution-context.js'
import type { StepExecution } from '../../src/domain/step-execution.js'
import { ContractBench, type Started } from '../../src/testing/contract-bench.js'
import type { LeaseState, OwnerSession } from '../../src/repository/lease.js'
import { Freezer } from '../support/freezer.js'
import { transactionLabel } from '../../src/repository/owner-labels.js'
import {
  type AnyPool,
  ask,
  isMysql,
  repositoryOn,
  SQL_DATABASES,
  type SqlTestDatabase,
} from '../support/sql-databases.js'

interface Scene {
  readonly pool: AnyPool
  readonly freezer: Freezer
  /** What the owner works with that is frozen. */
  readonly frozen: ContractBench
  readonly bench: ContractBench
  /** The owner whose lease has run out while its step runs, and another one that saw it. */
  readonly zombie: OwnerSession
  readonly heir: OwnerSession
  readonly started: Started
  readonly step: StepExecution
  readonly observed: LeaseState
  [Symbol.asyncDispose](): Promise<void>
}

async function scene(make: () => Promise<SqlTestDatabase>): Promise<Scene> {
  const database = await make()
  const freezer = await Freezer.open(database.url)
  const [pool, frozenPool] = [database.pool(), database.pool(8, freezer.url)]
  // On connections of its own, where no statement is prepared yet: the freezer sees the text of all.
  const [bench, frozen] = [new ContractBench(repositoryOn(pool)), new ContractBench(repositoryOn(frozenPool))]
  const [zombie, heir] = [await bench.owner(0), await bench.owner()]
  const started = await bench.start(zombie)
  const step = await bench.step(started.lease)
  const observed = await bench.lease(started.lease.jobInstanceId)
  const dispose = async (): Promise<void> => {
    await bench.dispose()
    await frozenPool.end()
    await freezer[Symbol.asyncDispose]()
  }
  return { pool, freezer, frozen, bench, zombie, heir, started, step, observed, [Symbol.asyncDispose]: dispose }
}

/** PostgreSQL may still have to read what was sent before the rest was held; MySQL has answered it. */
async function begun({ pool, zombie }: Scene): Promise<void> {
  if (isMysql(pool)) return
  const named = `select 1 from pg_stat_activity where application_name = '${transactionLabel(zombie.ownerId)}'`
  await vi.waitFor(async () => expect(await ask(pool, named)).not.toEqual([]), { timeout: 10_000, interval: 10 })
}

/** What an owner does in a transaction of the repository's own, and a statement in the middle of it. */
const WORK: readonly { readonly what: string; readonly at: string; readonly run: (it: Scene) => Promise<unknown> }[] = [
  {
    what: 'the start of another job',
    at: 'INSERT INTO BATCH_JOB_LEASE',
    run: ({ frozen, zombie }) => frozen.start(zombie, { jobName: 'another' }),
  },
  {
    what: 'the start of another step',
    at: 'INSERT INTO BATCH_STEP_EXECUTION_CONTEXT',
    run: ({ frozen, started }) => frozen.step(started.lease, {}, 'another'),
  },
  {
    what: "the step's end",
    at: 'UPDATE BATCH_STEP_EXECUTION_CONTEXT',
    run: ({ frozen, started, step }) =>
      frozen.repository.updateStepExecution({ ...step, status: 'COMPLETED' }, started.lease),
  },
  {
    what: 'partitions',
    at: 'INSERT INTO BATCH_STEP_EXECUTION_CONTEXT',
    run: ({ frozen, started, step }) =>
      frozen.repository.createPartitions({
        lease: started.lease,
        stepExecution: step,
        partitions: [{ stepName: 'load:a', executionContext: new ExecutionContext() }],
      }),
  },
  {
    what: "the ledger's opening",
    at: 'DELETE FROM BATCH_STEP_RANGE',
    run: ({ frozen, started, step }) => frozen.repository.openLedger(step, started.lease, { anew: true }),
  },
  {
    what: "the ledger's folding",
    at: 'DELETE FROM BATCH_STEP_RANGE',
    run: ({ frozen, started, step }) =>
      frozen.repository.foldRanges(
        { stepExecution: step, from: undefined, through: undefined, complete: false, settle: false },
        started.lease,
      ),
  },
  { what: "the job's end", at: 'DELETE FROM BATCH_JOB_LEASE', run: ({ frozen, started }) => frozen.finish(started) },
]

describe.each(SQL_DATABASES)('an owner that is frozen in the middle of a transaction, on $on', ({ make }) => {
  test.each(WORK)('is taken over in $what, which fails and writes nothing', async ({ at, run }) => {
    await using it = await scene(make)
    const held = it.freezer.at(at)
    const failure = run(it).then(
      () => undefined,
      (error: unknown) => error,
    )
    await held
    await begun(it)
    expect(await it.bench.repository.takeOver(it.observed, it.heir.ownerId)).toBe(true)
    it.freezer.thaw()
    expect(await failure).toBeInstanceOf(BatchError)
    expect(await ask(it.pool, 'select JOB_INSTANCE_ID from BATCH_JOB_LEASE')).toEqual([])
    expect(await ask(it.pool, 'select RANGE_TO from BATCH_STEP_RANGE')).toEqual([])
    const { jobExecutionId } = it.started.lease
    const executions = await it.bench.repository.listRunningJobExecutions()
    expect(executions).toEqual([])
    const stored = await it.bench.storedExecution(jobExecutionId)
    expect(stored).toMatchObject({ status: 'FAILED', exitStatus: { exitDescription: 'owner lost' } })
    expect(stored.stepExecutions).toMatchObject([{ id: it.step.id, version: 1, status: 'FAILED' }])
    expect(await it.bench.repository.listJobInstances('another')).toEqual([])
  })
})
