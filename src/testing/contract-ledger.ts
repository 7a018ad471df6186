import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { ExecutionContext } from '../domain/execution-context.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import { NO_COUNTS, type StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import { LedgerIncompleteError } from '../repository/ledger-errors.js'
import type { CheckpointAnswer } from '../repository/job-repository.js'
import type { Lease } from '../repository/lease.js'
import type { LedgerRange, RangeFold, RangeRecord } from '../repository/range-ledger.js'
import { ForeignTransactionError } from '../repository/repository-errors.js'
import { type ContractBench, rejected, type Rules } from './contract-bench.js'

const COUNTS: StepCounts = { ...NO_COUNTS, read: 3, write: 2, filter: 1, commit: 1 }

/** A range from one number to another; 0 is the beginning. */
function range(ordinal: number, from: number, to: number, isLast = false): LedgerRange {
  return { ordinal, from: from === 0 ? undefined : { at: from }, to: { at: to }, isLast }
}

function recordOf(stepExecution: StepExecution, of: LedgerRange, counts: StepCounts = COUNTS): RangeRecord {
  return { stepExecution, range: of, counts }
}

/** Saves ranges, each in a transaction of its own. */
async function save(
  { repository }: ContractBench,
  lease: Lease,
  ...records: readonly RangeRecord[]
): Promise<CheckpointAnswer | undefined> {
  let answer: CheckpointAnswer | undefined
  for (const record of records) {
    const transaction = await repository.transactionManager.begin()
    try {
      const saved = repository.saveRange(record, lease, transaction)
      await transaction.commit()
      answer = await saved
    } finally {
      await transaction.rollback()
    }
  }
  return answer
}

/** A fold of `step` that takes `through` in. */
function foldOf(stepExecution: StepExecution, through: LedgerRange | undefined, more: Partial<RangeFold>): RangeFold {
  return { stepExecution, from: undefined, through, settle: false, complete: false, ...more }
}

/** How the ledgers of steps that commit in any order are written. */
export const ledgerRules: Rules = {
  'a ledger that is opened anew is empty, and what was counted in it stays counted': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const before = await bench.step(lease)
    await bench.repository.openLedger(before, lease)
    await save(bench, lease, recordOf(before, range(1, 0, 3)), recordOf(before, range(3, 6, 9)))
    const other = await bench.step(lease, {}, 'other')
    await bench.repository.openLedger(other, lease)
    await save(bench, lease, recordOf(other, range(1, 0, 3)))
    const step = await bench.step(lease)
    assert.deepEqual(await bench.repository.openLedger(step, lease, { anew: true }), [])
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, step.stepName), false)
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, other.stepName), true)
    assert.equal((await bench.storedStep(before.id)).counts.read, 6)
  },

  'the ledger of a new step is empty, and opening it stores the context': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const executionContext = new ExecutionContext({ mark: 1 })
    assert.deepEqual(await bench.repository.openLedger({ ...step, executionContext }, lease), [])
    const stored = await bench.storedStep(step.id)
    assert.deepEqual(stored.executionContext.toObject(), { mark: 1 })
    assert.equal(stored.version, 1)
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, step.stepName), false)
  },

  'the positions of a range may be long': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    await bench.repository.openLedger(step, lease)
    const long = { ordinal: 1, from: { at: 'a'.repeat(100_000) }, to: { at: 'b'.repeat(100_000) }, isLast: false }
    await save(bench, lease, recordOf(step, long))
    const [found] = await bench.repository.openLedger(await bench.step(lease), lease)
    assert.ok(isDeepStrictEqual([found?.from, found?.to], [long.from, long.to]))
  },

  'a range is stored with its transaction and leaves the row of the step alone': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const { repository } = bench
    const transaction = await repository.transactionManager.begin()
    const answer = repository.saveRange(recordOf(step, range(1, 0, 3)), lease, transaction)
    assert.equal(await repository.hasRanges(lease.jobInstanceId, step.stepName), false)
    await transaction.commit()
    assert.deepEqual(await answer, { stopRequested: false })
    assert.equal(await repository.hasRanges(lease.jobInstanceId, step.stepName), true)
    assert.equal(await repository.hasRanges(lease.jobInstanceId, 'another step'), false)
    assert.deepEqual(await bench.storedStep(step.id), step)
  },

  'a range whose transaction is rolled back leaves nothing': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const transaction = await bench.repository.transactionManager.begin()
    void bench.repository.saveRange(recordOf(step, range(1, 0, 3)), lease, transaction)
    await transaction.rollback()
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, step.stepName), false)
  },

  'two transactions with ranges are open at once, and commit in any order': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const { repository } = bench
    const begin = () => repository.transactionManager.begin()
    const [first, second] = [await begin(), await begin()]
    const answers = [
      repository.saveRange(recordOf(step, range(1, 0, 3)), lease, first),
      repository.saveRange(recordOf(step, range(2, 3, 6)), lease, second),
    ]
    await second.commit()
    await first.commit()
    await Promise.all(answers)
    const found = await repository.openLedger(step, lease)
    assert.deepEqual(
      found.map(({ from, to }) => ({ from, to })),
      [{ from: undefined, to: { at: 6 } }],
    )
  },

  'a range under the lease of another owner or execution loses ownership': async (bench) => {
    const started = await bench.start(await bench.owner())
    const { lease } = started
    const step = await bench.step(lease)
    const other = await bench.owner()
    await rejected(
      save(bench, { ...lease, ownerId: other.ownerId }, recordOf(step, range(1, 0, 3))),
      OwnershipLostError,
    )
    const next = { ...lease, jobExecutionId: lease.jobExecutionId + 1 }
    await rejected(save(bench, next, recordOf(step, range(1, 0, 3))), OwnershipLostError)
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, step.stepName), false)
  },

  'a range in a transaction of another resource is refused at once': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const record = recordOf(await bench.step(lease), range(1, 0, 3))
    const foreign = { client: undefined, onCommit: () => undefined, onRollback: () => undefined }
    assert.throws(() => void bench.repository.saveRange(record, lease, foreign), ForeignTransactionError)
  },

  'a range says that a stop is asked for': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    await bench.repository.requestStop(lease.jobExecutionId)
    assert.deepEqual(await save(bench, lease, recordOf(step, range(1, 0, 3))), { stopRequested: true })
  },

  'whether a range was committed is told while the lease is held': async (bench) => {
    const started = await bench.start(await bench.owner())
    const { lease } = started
    const record = recordOf(await bench.step(lease), range(1, 0, 3))
    assert.equal(await bench.repository.isRangeCommitted(record, lease), false)
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, 'load'), false)
    await save(bench, lease, record)
    assert.equal(await bench.repository.isRangeCommitted(record, lease), true)
    assert.equal(await bench.repository.hasRanges(lease.jobInstanceId, 'load'), true)
    await bench.finish(started, { status: 'FAILED' })
    await rejected(bench.repository.isRangeCommitted(record, lease), OwnershipLostError)
  },

  'a fold stores counts and context, raises the version and removes what it folds': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const { repository } = bench
    const [a, b, behind] = [range(1, 0, 3), range(2, 3, 6), range(4, 9, 12)]
    await save(bench, lease, ...[behind, b, a].map((one) => recordOf(step, one)))
    const executionContext = new ExecutionContext({ at: 6 })
    await repository.foldRanges(foldOf({ ...step, counts: COUNTS, executionContext }, b, {}), lease)
    const stored = await bench.storedStep(step.id)
    assert.deepEqual(stored.counts, COUNTS)
    assert.deepEqual(stored.executionContext.toObject(), { at: 6 })
    assert.equal(stored.version, 1)
    const left = await repository.openLedger(stored, lease)
    assert.deepEqual(
      left.map(({ from, to }) => ({ from, to })),
      [{ from: { at: 9 }, to: { at: 12 } }],
    )
  },

  'a fold over a hole, or from another place, is refused and changes nothing': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const { repository } = bench
    const [first, third] = [range(1, 0, 3), range(3, 6, 9)]
    await save(bench, lease, recordOf(step, first), recordOf(step, third))
    await rejected(repository.foldRanges(foldOf(step, third, {}), lease), LedgerIncompleteError)
    await rejected(repository.foldRanges(foldOf(step, first, { from: { at: 2 } }), lease), LedgerIncompleteError)
    await rejected(repository.foldRanges(foldOf(step, range(2, 3, 6), {}), lease), LedgerIncompleteError)
    assert.deepEqual(await bench.storedStep(step.id), step)
    assert.equal((await repository.openLedger(step, lease)).length, 2)
  },

  'a step is complete when its last range says that the input ends, and nothing is behind it': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const { repository } = bench
    const complete = { complete: true, settle: true }
    await rejected(repository.foldRanges(foldOf(step, undefined, complete), lease), LedgerIncompleteError)
    const [first, last] = [range(1, 0, 3), range(2, 3, 6, true)]
    await save(bench, lease, recordOf(step, first))
    await rejected(repository.foldRanges(foldOf(step, first, complete), lease), LedgerIncompleteError)
    await save(bench, lease, recordOf(step, last))
    await rejected(repository.foldRanges(foldOf(step, first, complete), lease), LedgerIncompleteError)
    await repository.foldRanges(foldOf(step, last, complete), lease)
    assert.equal(await repository.hasRanges(lease.jobInstanceId, step.stepName), false)
  },

  'a fold with an old version, without the lease, or of a step that has ended loses ownership': async (bench) => {
    const started = await bench.start(await bench.owner())
    const { lease } = started
    const step = await bench.step(lease)
    const { repository } = bench
    const one = range(1, 0, 3)
    await save(bench, lease, recordOf(step, one))
    await rejected(repository.foldRanges(foldOf({ ...step, version: 7 }, one, {}), lease), OwnershipLostError)
    const other = { ...lease, ownerId: (await bench.owner()).ownerId }
    await rejected(repository.foldRanges(foldOf(step, one, {}), other), OwnershipLostError)
    const ended = await repository.updateStepExecution({ ...step, status: 'FAILED' }, lease)
    await rejected(repository.foldRanges(foldOf(ended, one, {}), lease), OwnershipLostError)
    await rejected(repository.openLedger(ended, lease), OwnershipLostError)
    assert.equal(await repository.hasRanges(lease.jobInstanceId, step.stepName), true)
  },

  'a restart adds what a dead execution has left to its own counts, once, and joins ranges that touch': async (
    bench,
  ) => {
    const { repository } = bench
    const started = await bench.start(await bench.owner())
    const dead = await bench.step(started.lease)
    const ranges = [range(1, 0, 3), range(2, 3, 6), range(5, 12, 15, true)]
    await save(bench, started.lease, ...ranges.map((one) => recordOf(dead, one)))
    await bench.finish(started, { status: 'FAILED' })

    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const kept = await repository.openLedger(step, lease)
    assert.deepEqual(
      kept.map(({ from, to, isLast }) => ({ from, to, isLast })),
      [
        { from: undefined, to: { at: 6 }, isLast: false },
        { from: { at: 12 }, to: { at: 15 }, isLast: true },
      ],
    )
    const [first, second] = kept
    assert.ok(first !== undefined && second !== undefined && second.ordinal - first.ordinal > 1_000_000)
    const sum = { ...NO_COUNTS, read: 9, write: 6, filter: 3, commit: 3 }
    assert.deepEqual((await bench.storedStep(dead.id)).counts, sum)
    const between = { ordinal: first.ordinal + 1, from: { at: 6 }, to: { at: 12 }, isLast: false }
    await save(bench, lease, recordOf(step, between))
    const reopened = await repository.openLedger(await bench.storedStep(step.id), lease)
    assert.equal(reopened.length, 1)
    assert.deepEqual((await bench.storedStep(dead.id)).counts, sum)
  },

  'a takeover adds what the dead execution has left in its ledger to its counts': async (bench) => {
    const { repository } = bench
    const { lease } = await bench.start(await bench.owner(0))
    const step = await bench.step(lease)
    const other = await bench.step(lease, {}, 'another step')
    await save(bench, lease, recordOf(step, range(1, 0, 3)), recordOf(step, range(2, 3, 6)))
    await save(bench, lease, recordOf(other, range(1, 0, 3)))
    const successor = await bench.owner()
    assert.equal(await repository.takeOver(await bench.lease(lease.jobInstanceId), successor.ownerId), true)
    assert.deepEqual((await bench.storedStep(step.id)).counts, {
      ...NO_COUNTS,
      read: 6,
      write: 4,
      filter: 2,
      commit: 2,
    })
    assert.deepEqual((await bench.storedStep(other.id)).counts, COUNTS)
    const restarted = await bench.start(successor)
    await repository.openLedger(await bench.step(restarted.lease), restarted.lease)
    assert.equal((await bench.storedStep(step.id)).counts.commit, 2)
  },

  'a fold that settles has counted what stays: a restart does not count it again': async (bench) => {
    const { repository } = bench
    const started = await bench.start(await bench.owner())
    const failed = await bench.step(started.lease)
    await save(bench, started.lease, recordOf(failed, range(2, 3, 6)))
    await repository.foldRanges(foldOf({ ...failed, counts: COUNTS }, undefined, { settle: true }), started.lease)
    await bench.finish(started, { status: 'FAILED' })
    const { lease } = await bench.start(await bench.owner())
    assert.equal((await repository.openLedger(await bench.step(lease), lease)).length, 1)
    assert.deepEqual((await bench.storedStep(failed.id)).counts, COUNTS)
  },
}
