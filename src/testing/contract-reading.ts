import assert from 'node:assert/strict'
import { InvalidOptionError } from '../domain/option-error.js'
import type { JobParameters } from '../domain/job-parameters.js'
import { type ContractBench, parametersOf, rejected, type Rules, type Started } from './contract-bench.js'

const numbered = (value: number): JobParameters => parametersOf({ id: { type: 'long', value } })

/** What can be found, and in which order. */
export const readingRules: Rules = {
  'an instance is found by name and parameters, and by id': async (bench) => {
    const { execution } = await bench.start(await bench.owner(), { parameters: numbered(1) })
    const instance = execution.jobInstance
    assert.deepEqual(await bench.repository.findJobInstance(bench.jobName, numbered(1)), instance)
    assert.deepEqual(await bench.repository.getJobInstance(instance.id), instance)
    assert.equal(await bench.repository.findJobInstance(bench.jobName, numbered(2)), undefined)
  },

  'what is not there is undefined, or an empty list': async (bench) => {
    const { repository } = bench
    for (const id of [-1, Number.NaN, 0.5, Number.MAX_VALUE]) {
      assert.equal(await repository.getJobInstance(id), undefined)
      assert.equal(await repository.getJobExecution(id), undefined)
      assert.equal(await repository.getStepExecution(id), undefined)
      assert.equal(await repository.findStepHistory(id, 'load'), undefined)
      assert.deepEqual(await repository.listJobExecutions(id), [])
    }
    assert.equal(await repository.findLease(-1), undefined)
    assert.deepEqual(await repository.listJobInstances(bench.jobName), [])
    assert.deepEqual(await repository.listRunningJobExecutions(bench.jobName), [])
  },

  'instances come the latest first, a page at a time': async (bench) => {
    const owner = await bench.owner()
    const ids: number[] = []
    for (const value of [1, 2, 3]) {
      ids.unshift((await bench.start(owner, { parameters: numbered(value) })).lease.jobInstanceId)
    }
    const page = async (offset?: number, limit?: number): Promise<readonly number[]> => {
      const options = { ...(offset !== undefined && { offset }), ...(limit !== undefined && { limit }) }
      return (await bench.repository.listJobInstances(bench.jobName, options)).map(({ id }) => id)
    }
    assert.deepEqual(await page(), ids)
    assert.deepEqual(await page(1), ids.slice(1))
    assert.deepEqual(await page(0, 2), ids.slice(0, 2))
    assert.deepEqual(await page(1, 1), ids.slice(1, 2))
    assert.deepEqual(await page(3), [])
  },

  'a page that cannot be is refused': async (bench) => {
    const { repository, jobName } = bench
    await rejected(repository.listJobInstances(jobName, { limit: 0 }), InvalidOptionError)
    await rejected(repository.listJobInstances(jobName, { offset: -1 }), InvalidOptionError)
    await rejected(repository.listJobExecutions(1, { limit: 1.5 }), InvalidOptionError)
  },

  'names of jobs come once each, in alphabetical order': async (bench) => {
    const owner = await bench.owner()
    const names = [`${bench.jobName} a`, `${bench.jobName} B`, `${bench.jobName} b`]
    for (const jobName of names) await bench.start(owner, { jobName })
    await bench.start(owner, { jobName: names[0] ?? '', parameters: numbered(1) })
    const all = await bench.repository.listJobNames()
    assert.deepEqual(
      all.filter((name) => name.startsWith(bench.jobName)),
      names.toSorted(),
    )
    assert.deepEqual(all, all.toSorted())
    assert.deepEqual(await bench.repository.listJobNames({ offset: 1, limit: 2 }), all.slice(1, 3))
  },

  'executions of an instance come the latest first, with their steps in the order they began': async (bench) => {
    const [first, second] = await twoExecutions(bench)
    const all = await bench.repository.listJobExecutions(first.lease.jobInstanceId)
    assert.deepEqual(
      all.map(({ id }) => id),
      [second.execution.id, first.execution.id],
    )
    assert.deepEqual(
      all.map(({ stepExecutions }) => stepExecutions.map(({ stepName }) => stepName)),
      [['load'], ['load', 'report']],
    )
    const page = await bench.repository.listJobExecutions(first.lease.jobInstanceId, { offset: 1, limit: 1 })
    assert.deepEqual(
      page.map(({ id }) => id),
      [first.execution.id],
    )
  },

  'running executions are found, of one job or of all': async (bench) => {
    const [, second] = await twoExecutions(bench)
    const other = await bench.start(await bench.owner(), { jobName: `${bench.jobName} 2` })
    await bench.repository.requestStop(second.execution.id)
    const idsOf = async (jobName?: string): Promise<readonly number[]> =>
      (await bench.repository.listRunningJobExecutions(jobName)).map(({ id }) => id)
    assert.deepEqual(await idsOf(bench.jobName), [second.execution.id])
    const all = await idsOf()
    assert.ok(all.includes(second.execution.id) && all.includes(other.execution.id))
    const page = await bench.repository.listRunningJobExecutions(undefined, { offset: 1, limit: 1 })
    assert.deepEqual(
      page.map(({ id }) => id),
      all.slice(1, 2),
    )
  },

  'the history of a step has its last execution and their number': async (bench) => {
    const [first, second] = await twoExecutions(bench)
    const history = await bench.repository.findStepHistory(first.lease.jobInstanceId, 'load')
    assert.equal(history?.count, 2)
    assert.equal(history?.last.jobExecutionId, second.execution.id)
    const once = await bench.repository.findStepHistory(first.lease.jobInstanceId, 'report')
    assert.equal(once?.count, 1)
    assert.equal(once?.last.jobExecutionId, first.execution.id)
    assert.equal(await bench.repository.findStepHistory(first.lease.jobInstanceId, 'other'), undefined)
  },

  'a change of what was read changes nothing in the store': async (bench) => {
    const { execution, lease } = await bench.start(await bench.owner(), {
      parameters: parametersOf({ at: { type: 'date', value: new Date(0) } }),
    })
    const step = await bench.step(lease, { list: [1] })
    execution.executionContext.put('mine', 1)
    execution.createTime.setTime(0)
    for (const { value } of execution.parameters.values()) if (value instanceof Date) value.setTime(5)
    step.executionContext.put('mine', 1)
    step.createTime.setTime(0)
    const stored = await bench.storedExecution(execution.id)
    assert.equal(stored.executionContext.size, 0)
    assert.notEqual(stored.createTime.getTime(), 0)
    assert.deepEqual(stored.parameters.get('at')?.value, new Date(0))
    assert.deepEqual(stored.stepExecutions[0]?.executionContext.toObject(), { list: [1] })
    assert.notEqual(stored.stepExecutions[0]?.createTime.getTime(), 0)
  },
}

/** One failed with two steps, one that runs its first. */
async function twoExecutions(bench: ContractBench): Promise<readonly [Started, Started]> {
  const owner = await bench.owner()
  const first = await bench.start(owner)
  await bench.step(first.lease, {}, 'load')
  await bench.step(first.lease, {}, 'report')
  await bench.finish(first, { status: 'FAILED' })
  const second = await bench.start(owner)
  await bench.step(second.lease, {}, 'load')
  return [first, second]
}
