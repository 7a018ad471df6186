import assert from 'node:assert/strict'
import type { BatchStatus } from '../domain/batch-status.js'
import type { PruneAnswer, PruneRequest } from '../repository/job-repository.js'
import { type ContractBench, forEach, parametersOf, type Rules, type Started } from './contract-bench.js'

/** An execution of an instance of its own that has ended so; a running one is without a lease, as Java leaves it. */
async function ended(bench: ContractBench, status: BatchStatus, day = status as string): Promise<Started> {
  const parameters = parametersOf({ day: { type: 'string', value: day } })
  const started = await bench.start(await bench.owner(), { parameters })
  await bench.step(started.lease, { at: day })
  await bench.finish(started, { status })
  return started
}

function prune(bench: ContractBench, request: Partial<PruneRequest> = {}): Promise<PruneAnswer> {
  const defaults = { jobName: bench.jobName, olderThan: -1_000, keepLast: 0, keepFailed: true, after: 0, limit: 100 }
  return bench.repository.prune({ ...defaults, ...request })
}

async function daysLeft(bench: ContractBench): Promise<readonly string[]> {
  const instances = await bench.repository.listJobInstances(bench.jobName)
  const executions = await Promise.all(instances.map(({ id }) => bench.repository.listJobExecutions(id)))
  return executions.map(([last]) => String(last?.parameters.get('day')?.value)).sort()
}

/** Ending executions for ever, and deleting old ones. */
export const removalRules: Rules = {
  ...forEach(
    ['STOPPED', 'FAILED', 'UNKNOWN', 'STARTED', 'STOPPING'] as const,
    (status) => `an execution that is ${status}, and that nobody holds, can be abandoned`,
    async (bench, status) => {
      const { execution } = await ended(bench, status)
      const { version } = await bench.storedExecution(execution.id)
      assert.equal(await bench.repository.abandonJobExecution(execution.id, version), true)
      const stored = await bench.storedExecution(execution.id)
      assert.deepEqual([stored.status, stored.version], ['ABANDONED', version + 1])
      assert.ok(stored.endTime instanceof Date)
    },
  ),

  ...forEach(
    ['COMPLETED', 'ABANDONED'] as const,
    (status) => `an execution that is ${status} is not abandoned`,
    async (bench, status) => {
      const { execution } = await ended(bench, status)
      const { version } = await bench.storedExecution(execution.id)
      assert.equal(await bench.repository.abandonJobExecution(execution.id, version), false)
      assert.equal((await bench.storedExecution(execution.id)).status, status)
    },
  ),

  'an execution that is held is not abandoned, nor one that has changed, nor one that is not there': async (bench) => {
    const { repository } = bench
    const held = await bench.start(await bench.owner())
    assert.equal(await repository.abandonJobExecution(held.execution.id, held.execution.version), false)
    const { execution } = await ended(bench, 'FAILED')
    assert.equal(await repository.abandonJobExecution(execution.id, 0), false)
    assert.equal(await repository.abandonJobExecution(2 ** 40, 0), false)
    assert.equal((await bench.storedExecution(execution.id)).status, 'FAILED')
    assert.equal((await bench.storedExecution(held.execution.id)).status, 'STARTED')
  },

  'a prune deletes what has completed or was abandoned, with its executions': async (bench) => {
    for (const status of ['COMPLETED', 'ABANDONED', 'FAILED', 'STOPPED', 'UNKNOWN', 'STARTED'] as const) {
      await ended(bench, status)
    }
    const other = await bench.start(await bench.owner(), { jobName: `${bench.jobName} 2` })
    await bench.finish(other)
    const answer = await prune(bench)
    assert.deepEqual([answer.instances, answer.executions, answer.last], [2, 2, undefined])
    assert.deepEqual(await daysLeft(bench), ['FAILED', 'STARTED', 'STOPPED', 'UNKNOWN'])
    assert.equal((await bench.storedExecution(other.execution.id)).status, 'COMPLETED')
    assert.deepEqual(await prune(bench), { instances: 0, executions: 0, last: undefined })
  },

  'a prune leaves nothing of an instance, which can be started anew': async (bench) => {
    const { execution, lease } = await ended(bench, 'COMPLETED')
    const [step] = (await bench.storedExecution(execution.id)).stepExecutions
    await prune(bench)
    assert.equal(await bench.repository.getJobExecution(execution.id), undefined)
    assert.equal(await bench.repository.getStepExecution(step?.id ?? -1), undefined)
    assert.equal(await bench.repository.getJobInstance(lease.jobInstanceId), undefined)
    const again = await ended(bench, 'COMPLETED')
    assert.notEqual(again.lease.jobInstanceId, lease.jobInstanceId)
  },

  'a prune deletes what can be restarted only when told to, and never what runs or is unknown': async (bench) => {
    for (const status of ['FAILED', 'STOPPED', 'UNKNOWN', 'STARTED'] as const) await ended(bench, status)
    const held = await bench.start(await bench.owner())
    assert.equal((await prune(bench, { keepFailed: false })).instances, 2)
    assert.deepEqual(await daysLeft(bench), ['STARTED', 'UNKNOWN', 'undefined'])
    assert.equal((await bench.storedExecution(held.execution.id)).status, 'STARTED')
  },

  'a prune keeps what is not old enough, and the latest': async (bench) => {
    for (const day of ['1', '2', '3', '4']) await ended(bench, 'COMPLETED', day)
    assert.equal((await prune(bench, { olderThan: 60_000 })).instances, 0)
    assert.equal((await prune(bench, { keepLast: 4 })).instances, 0)
    assert.equal((await prune(bench, { keepLast: 5 })).instances, 0)
    assert.equal((await prune(bench, { keepLast: 1 })).instances, 3)
    assert.deepEqual(await daysLeft(bench), ['4'])
  },

  'a prune looks at an instance by its last execution': async (bench) => {
    const first = await ended(bench, 'FAILED', '1')
    const again = await bench.start(await bench.owner(), { parameters: first.execution.parameters })
    await bench.finish(again)
    const answer = await prune(bench)
    assert.deepEqual([answer.instances, answer.executions], [1, 2])
  },

  'a prune goes on behind its last batch': async (bench) => {
    for (const day of ['1', '2', '3']) await ended(bench, 'COMPLETED', day)
    const first = await prune(bench, { limit: 2 })
    assert.equal(first.instances, 2)
    const second = await prune(bench, { limit: 2, after: first.last ?? -1 })
    assert.deepEqual([second.instances, second.last], [1, undefined])
  },

  'the executions of a step are listed, the latest first': async (bench) => {
    const first = await ended(bench, 'FAILED', '1')
    const again = await bench.start(await bench.owner(), { parameters: first.execution.parameters })
    await bench.step(again.lease, { at: 'second' })
    await bench.step(again.lease, {}, 'other')
    const { repository } = bench
    const { jobInstanceId } = again.lease
    const list = await repository.listStepExecutions(jobInstanceId, 'load')
    assert.deepEqual(
      list.map(({ executionContext }) => executionContext.get('at')),
      ['second', '1'],
    )
    assert.equal((await repository.listStepExecutions(jobInstanceId, 'load', { limit: 1 })).length, 1)
    assert.deepEqual(await repository.listStepExecutions(jobInstanceId, 'none'), [])
  },
}
