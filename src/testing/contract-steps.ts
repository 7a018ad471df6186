import assert from 'node:assert/strict'
import { ExecutionContext, putReserved } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import { NO_COUNTS } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import { ForeignTransactionError } from '../repository/repository-errors.js'
import { rejected, type Rules } from './contract-bench.js'

const COUNTS = { read: 8, write: 7, filter: 6, commit: 5, rollback: 4, readSkip: 3, processSkip: 2, writeSkip: 1 }

/** How step executions and their checkpoints are written. */
export const stepRules: Rules = {
  'a new step execution is STARTED, with nothing counted': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease, { from: 1 })
    assert.equal(step.status, 'STARTED')
    assert.equal(step.version, 0)
    assert.deepEqual(step.exitStatus, ExitStatus.EXECUTING)
    assert.deepEqual(step.counts, NO_COUNTS)
    assert.deepEqual(step.executionContext.toObject(), { from: 1 })
    assert.equal(step.jobExecutionId, lease.jobExecutionId)
    assert.equal(step.jobInstanceId, lease.jobInstanceId)
    assert.equal(step.guarantee, undefined)
    assert.deepEqual((await bench.storedExecution(lease.jobExecutionId)).stepExecutions, [step])
  },

  'what the step promises is read from its context': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const executionContext = new ExecutionContext()
    putReserved(executionContext, 'chunkwise.guarantee', 'exactly-once')
    const step = await bench.repository.createStepExecution({ lease, stepName: 'load', executionContext })
    assert.equal(step.guarantee, 'exactly-once')
    assert.equal((await bench.storedStep(step.id)).guarantee, 'exactly-once')
  },

  'a checkpoint stores counts and context and raises the version': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const executionContext = new ExecutionContext({ at: { key: 10n ** 18n } })
    const answer = await bench.checkpoint({ ...step, counts: COUNTS, executionContext }, lease)
    assert.deepEqual(answer, { stopRequested: false })
    const stored = await bench.storedStep(step.id)
    assert.deepEqual(stored.counts, COUNTS)
    assert.deepEqual(stored.executionContext.toObject(), { at: { key: 10n ** 18n } })
    assert.equal(stored.version, 1)
    assert.equal(stored.status, 'STARTED')
  },

  'a checkpoint is not there before its transaction has committed': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const transaction = await bench.repository.transactionManager.begin()
    const answer = bench.repository.saveCheckpoint({ ...step, counts: COUNTS }, lease, transaction)
    assert.deepEqual((await bench.storedStep(step.id)).counts, NO_COUNTS)
    await transaction.commit()
    await answer
    assert.deepEqual((await bench.storedStep(step.id)).counts, COUNTS)
  },

  'a checkpoint whose transaction is rolled back leaves nothing': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const transaction = await bench.repository.transactionManager.begin()
    void bench.repository.saveCheckpoint({ ...step, counts: COUNTS }, lease, transaction)
    await transaction.rollback()
    assert.deepEqual(await bench.storedStep(step.id), step)
  },

  'a change after the checkpoint was handed over changes nothing': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const executionContext = new ExecutionContext({ at: 1 })
    const transaction = await bench.repository.transactionManager.begin()
    void bench.repository.saveCheckpoint({ ...step, executionContext }, lease, transaction)
    executionContext.put('at', 2)
    await transaction.commit()
    assert.deepEqual((await bench.storedStep(step.id)).executionContext.toObject(), { at: 1 })
  },

  'a checkpoint with an old version loses ownership and leaves nothing': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    await bench.checkpoint(step, lease)
    const error = await rejected(bench.checkpoint({ ...step, counts: COUNTS }, lease), OwnershipLostError)
    assert.equal(error.jobExecutionId, lease.jobExecutionId)
    assert.equal(error.ownerId, lease.ownerId)
    assert.deepEqual((await bench.storedStep(step.id)).counts, NO_COUNTS)
  },

  'a checkpoint of a step that has ended loses ownership': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const ended = await bench.repository.updateStepExecution({ ...step, status: 'FAILED' }, lease)
    await rejected(bench.checkpoint(ended, lease), OwnershipLostError)
  },

  'a checkpoint under the lease of another owner or execution loses ownership': async (bench) => {
    const owner = await bench.owner()
    const { lease } = await bench.start(owner)
    const step = await bench.step(lease)
    const other = await bench.owner()
    await rejected(bench.checkpoint(step, { ...lease, ownerId: other.ownerId }), OwnershipLostError)
    const next = { ...lease, jobExecutionId: lease.jobExecutionId + 1 }
    await rejected(bench.checkpoint(step, next), OwnershipLostError)
    assert.equal((await bench.storedStep(step.id)).version, 0)
  },

  'a checkpoint says that a stop is asked for': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    assert.equal(await bench.repository.requestStop(lease.jobExecutionId), true)
    assert.deepEqual(await bench.checkpoint(step, lease), { stopRequested: true })
  },

  'a checkpoint in a transaction of another resource is refused at once': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const foreign = { client: undefined, onCommit: () => undefined, onRollback: () => undefined }
    assert.throws(() => void bench.repository.saveCheckpoint(step, lease, foreign), ForeignTransactionError)
  },

  'whether a checkpoint was committed is told by its version': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    assert.equal(await bench.repository.isCheckpointCommitted(step, lease), false)
    await bench.checkpoint(step, lease)
    assert.equal(await bench.repository.isCheckpointCommitted(step, lease), true)
    await bench.checkpoint({ ...step, version: 1 }, lease)
    await rejected(bench.repository.isCheckpointCommitted(step, lease), OwnershipLostError)
  },

  'nothing is told about a checkpoint without the lease': async (bench) => {
    const started = await bench.start(await bench.owner())
    const step = await bench.step(started.lease)
    await bench.finish(started)
    await rejected(bench.repository.isCheckpointCommitted(step, started.lease), OwnershipLostError)
  },

  'an update stores how the step ended, and when': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const failures = [new Error('no disk')]
    const exitStatus = new ExitStatus('FAILED', 'no disk')
    const executionContext = new ExecutionContext({ at: 3 })
    const ended: StepExecution = { ...step, status: 'FAILED', exitStatus, counts: COUNTS, executionContext, failures }
    const updated = await bench.repository.updateStepExecution(ended, lease)
    const stored = await bench.storedStep(step.id)
    assert.equal(stored.status, 'FAILED')
    assert.deepEqual(stored.exitStatus, exitStatus)
    assert.deepEqual(stored.counts, COUNTS)
    assert.deepEqual(stored.executionContext.toObject(), { at: 3 })
    assert.equal(stored.version, 1)
    assert.ok(stored.endTime instanceof Date)
    assert.deepEqual(updated, { ...stored, failures })
  },

  'an update with an old version loses ownership': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    await bench.checkpoint(step, lease)
    await rejected(bench.repository.updateStepExecution({ ...step, status: 'COMPLETED' }, lease), OwnershipLostError)
    assert.equal((await bench.storedStep(step.id)).status, 'STARTED')
  },

  'a step is neither made nor changed without the lease': async (bench) => {
    const started = await bench.start(await bench.owner())
    const step = await bench.step(started.lease)
    await bench.finish(started)
    await rejected(bench.step(started.lease), OwnershipLostError)
    const stored = await bench.storedStep(step.id)
    await rejected(bench.repository.updateStepExecution(stored, started.lease), OwnershipLostError)
    assert.deepEqual((await bench.storedExecution(started.execution.id)).stepExecutions, [stored])
  },

  'contexts of any length come back whole': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    for (const length of [0, 2490, 2491, 2492, 2493, 2500, 100_000]) {
      const values = { text: 'x'.repeat(length), emoji: '😀'.repeat(length % 7) }
      const step = await bench.step(lease, values)
      assert.deepEqual((await bench.storedStep(step.id)).executionContext.toObject(), values)
    }
  },
}
