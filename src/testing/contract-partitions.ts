import assert from 'node:assert/strict'
import { ExecutionContext, putReserved } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import { InvalidOptionError } from '../domain/option-error.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import { addCounts, NO_COUNTS, type StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Lease } from '../repository/lease.js'
import type { PartitionSeed } from '../repository/partitions.js'
import { type ContractBench, rejected, type Rules } from './contract-bench.js'

const COUNTS = { read: 8, write: 7, filter: 6, commit: 5, rollback: 4, readSkip: 3, processSkip: 2, writeSkip: 1 }

/** How the partitions of a step are planned, begun, left behind and summed up. */
export const partitionRules: Rules = {
  'partitions are stored together with the step that has them: STARTING, not begun': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const step = await bench.step(lease)
    const executionContext = new ExecutionContext({ own: true })
    putReserved(executionContext, 'chunkwise.partitions', { names: ['a', 'b'] })
    await bench.repository.createPartitions({
      lease,
      stepExecution: { ...step, counts: COUNTS, executionContext },
      partitions: seeds(['load:a', 'load:b']),
    })
    const stored = await bench.storedStep(step.id)
    assert.equal(stored.version, 1)
    assert.deepEqual(stored.counts, COUNTS)
    assert.deepEqual(stored.executionContext.toObject(), executionContext.toObject())
    const [a] = await bench.repository.listStepExecutions(lease.jobInstanceId, 'load:a')
    assert.ok(a !== undefined && a.id > step.id)
    assert.equal(a.status, 'STARTING')
    assert.equal(a.startTime, undefined)
    assert.equal(a.version, 0)
    assert.equal(a.jobExecutionId, lease.jobExecutionId)
    assert.deepEqual(a.exitStatus, ExitStatus.EXECUTING)
    assert.deepEqual(a.counts, NO_COUNTS)
    assert.deepEqual(a.executionContext.toObject(), { of: 'load:a' })
  },

  'many partitions with contexts of any length are stored at once': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const names = Array.from({ length: 1203 }, (_, index) => `load:${index}`)
    const partitions = names.map((stepName, index) => ({
      stepName,
      executionContext: new ExecutionContext({ text: 'x'.repeat(index % 100 === 0 ? 20_000 : 10) }),
    }))
    await bench.repository.createPartitions({ lease, stepExecution: await bench.step(lease), partitions })
    const { stepExecutions } = await bench.storedExecution(lease.jobExecutionId)
    assert.deepEqual(
      stepExecutions.slice(1).map(({ stepName }) => stepName),
      names,
    )
    const long = stepExecutions.find(({ stepName }) => stepName === 'load:1200')
    assert.equal(long?.executionContext.get<string>('text')?.length, 20_000)
  },

  'without lease, version and status, no partition is stored': async (bench) => {
    const started = await bench.start(await bench.owner())
    const { lease } = started
    const step = await bench.step(lease)
    const plan = (stepExecution: StepExecution, under: Lease = lease): Promise<void> =>
      bench.repository.createPartitions({ lease: under, stepExecution, partitions: seeds(['load:a']) })
    await rejected(plan({ ...step, version: 7 }), OwnershipLostError)
    await rejected(plan(step, { ...lease, ownerId: (await bench.owner()).ownerId }), OwnershipLostError)
    const ended = await bench.repository.updateStepExecution({ ...step, status: 'FAILED' }, lease)
    await rejected(plan(ended), OwnershipLostError)
    await bench.finish(started)
    await rejected(plan(ended), OwnershipLostError)
    assert.equal((await bench.storedExecution(lease.jobExecutionId)).stepExecutions.length, 1)
  },

  'a partition that is begun is STARTED and gets its start time, once': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const [planned] = await plan(bench, lease, ['load:a'])
    const begun = await bench.repository.updateStepExecution({ ...planned!, status: 'STARTED' }, lease)
    assert.equal(begun.status, 'STARTED')
    assert.ok(begun.startTime instanceof Date)
    const again = await bench.repository.updateStepExecution(begun, lease)
    assert.deepEqual(again.startTime, begun.startTime)
    const ended = await bench.repository.updateStepExecution({ ...again, status: 'COMPLETED' }, lease)
    assert.deepEqual(ended.startTime, begun.startTime)
  },

  'a history counts the executions that have begun': async (bench) => {
    const { lease } = await bench.start(await bench.owner())
    const [planned] = await plan(bench, lease, ['load:a'])
    const { repository } = bench
    assert.deepEqual(await repository.findStepHistory(lease.jobInstanceId, 'load:a'), { last: planned, count: 0 })
    const begun = await repository.updateStepExecution({ ...planned!, status: 'STARTED' }, lease)
    assert.deepEqual(await repository.findStepHistory(lease.jobInstanceId, 'load:a'), { last: begun, count: 1 })
  },

  'a partition that never began is STOPPED, not FAILED, when its job ends': async (bench) => {
    const started = await bench.start(await bench.owner())
    const [a, b] = await plan(bench, started.lease, ['load:a', 'load:b'])
    await bench.repository.updateStepExecution({ ...a!, status: 'STARTED' }, started.lease)
    await bench.finish(started, { status: 'FAILED' })
    assert.equal((await bench.storedStep(a!.id)).status, 'FAILED')
    await expectNotStarted(bench, b!)
  },

  'a partition that never began is STOPPED, not FAILED, by a takeover': async (bench) => {
    const { lease } = await bench.start(await bench.owner(0))
    const [a, b] = await plan(bench, lease, ['load:a', 'load:b'])
    await bench.repository.updateStepExecution({ ...a!, status: 'STARTED' }, lease)
    await bench.repository.takeOver(await bench.lease(lease.jobInstanceId), (await bench.owner()).ownerId)
    assert.equal((await bench.storedStep(a!.id)).status, 'FAILED')
    await expectNotStarted(bench, b!)
  },

  'steps are summed up over all executions behind an id': async (bench) => {
    const owner = await bench.owner()
    const first = await bench.start(owner)
    const before = await count(bench, first.lease, 'load:a', COUNTS)
    await count(bench, first.lease, 'load:a', COUNTS)
    await bench.finish(first, { status: 'FAILED' })
    const second = await bench.start(owner)
    const a = await count(bench, second.lease, 'load:a', { ...NO_COUNTS, read: 100 })
    await count(bench, second.lease, 'load:b', COUNTS, 'COMPLETED')
    const { jobInstanceId } = second.lease
    const stepNames = ['load:a', 'load:b', 'load:c']
    const found = await bench.repository.summarizeSteps({ jobInstanceId, stepNames, after: before.id })
    const byName = new Map(found.map((summary) => [summary.stepName, summary]))
    assert.equal(found.length, 2)
    assert.deepEqual(byName.get('load:a'), {
      stepName: 'load:a',
      last: { id: a.id, jobExecutionId: second.execution.id, status: 'FAILED', counts: { ...NO_COUNTS, read: 100 } },
      starts: 3,
      counts: addCounts(COUNTS, { read: 100 }),
    })
    assert.equal(byName.get('load:b')?.last.status, 'COMPLETED')
    assert.deepEqual(await bench.repository.summarizeSteps({ jobInstanceId, stepNames, after: a.id + 10_000 }), [])
    assert.deepEqual(await bench.repository.summarizeSteps({ jobInstanceId, stepNames: [], after: 0 }), [])
  },

  'more names than a page has are refused': async (bench) => {
    const stepNames = Array.from({ length: 1001 }, (_, index) => `load:${index}`)
    await rejected(bench.repository.summarizeSteps({ jobInstanceId: 1, stepNames, after: 0 }), InvalidOptionError)
  },
}

function seeds(stepNames: readonly string[]): readonly PartitionSeed[] {
  return stepNames.map((stepName) => ({ stepName, executionContext: new ExecutionContext({ of: stepName }) }))
}

/** Stores partitions; resolves with them. */
async function plan(bench: ContractBench, lease: Lease, stepNames: readonly string[]): Promise<StepExecution[]> {
  const stepExecution = await bench.step(lease)
  await bench.repository.createPartitions({ lease, stepExecution, partitions: seeds(stepNames) })
  return (await bench.storedExecution(lease.jobExecutionId)).stepExecutions.slice(-stepNames.length)
}

/** Stores a step execution that has ended with these counts. */
async function count(
  bench: ContractBench,
  lease: Lease,
  stepName: string,
  counts: StepCounts,
  status: 'COMPLETED' | 'FAILED' = 'FAILED',
): Promise<StepExecution> {
  const step = await bench.step(lease, {}, stepName)
  return bench.repository.updateStepExecution({ ...step, counts, status }, lease)
}

async function expectNotStarted(bench: ContractBench, { id, version }: StepExecution): Promise<void> {
  const stored = await bench.storedStep(id)
  assert.equal(stored.status, 'STOPPED')
  assert.deepEqual(stored.exitStatus, new ExitStatus('STOPPED', 'not started'))
  assert.equal(stored.startTime, undefined)
  assert.ok(stored.endTime instanceof Date)
  assert.equal(stored.version, version + 1)
}
