import assert from 'node:assert/strict'
import { ExecutionContext } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import { jobKey } from '../domain/job-key.js'
import {
  JobExecutionAlreadyRunningError,
  JobInstanceAlreadyCompleteError,
  JobKeyCollisionError,
  JobRestartError,
} from '../domain/launch-errors.js'
import { UnknownOwnerError } from '../repository/repository-errors.js'
import { forEach, parametersOf, rejected, type Rules } from './contract-bench.js'

const ONE = parametersOf({ id: { type: 'long', value: 1 } })
const TWO = parametersOf({ id: { type: 'long', value: 2 } })

/** How executions start. */
export const startRules: Rules = {
  'a new execution is STARTED, with version 0 and the exit code UNKNOWN': async (bench) => {
    const { execution } = await bench.start(await bench.owner())
    assert.equal(execution.status, 'STARTED')
    assert.equal(execution.version, 0)
    assert.deepEqual(execution.exitStatus, ExitStatus.UNKNOWN)
    assert.ok(execution.createTime instanceof Date && execution.startTime instanceof Date)
    assert.equal(execution.endTime, undefined)
    assert.deepEqual(execution.stepExecutions, [])
    assert.equal(execution.executionContext.size, 0)
  },

  'the first step of a new instance is stored with the start, when asked for': async (bench) => {
    const owner = await bench.owner()
    const parameters = parametersOf({})
    const request = { jobName: bench.jobName, parameters, ownerId: owner.ownerId, restartable: true, firstStep: 'one' }
    const execution = await bench.repository.createJobExecution(request)
    const [step, ...others] = execution.stepExecutions
    assert.deepEqual(others, [])
    assert.deepEqual(
      { stepName: step?.stepName, status: step?.status, version: step?.version, read: step?.counts.read },
      { stepName: 'one', status: 'STARTED', version: 0, read: 0 },
    )
    assert.deepEqual(await bench.repository.getStepExecution(step?.id ?? 0), step)

    const lease = { ownerId: owner.ownerId, jobInstanceId: execution.jobInstance.id, jobExecutionId: execution.id }
    const failed = Object.assign(execution, { status: 'FAILED' })
    await bench.repository.finishJobExecution(failed, lease)
    assert.deepEqual((await bench.repository.createJobExecution(request)).stepExecutions, [])
  },

  'the instance has the name and the key of the identifying parameters': async (bench) => {
    const { execution } = await bench.start(await bench.owner(), { parameters: ONE })
    const { id, jobName, jobKey: key } = execution.jobInstance
    assert.deepEqual({ jobName, key }, { jobName: bench.jobName, key: jobKey(ONE) })
    assert.ok(Number.isSafeInteger(id))
  },

  'parameters come back with their types': async (bench) => {
    const parameters = parametersOf({
      text: { type: 'string', value: 'é 😀 \'"\\' },
      empty: { type: 'string', value: '' },
      long: { type: 'long', value: Number.MIN_SAFE_INTEGER },
      big: { type: 'bigint', value: 12345678901234567890n },
      double: { type: 'double', value: 1e-10 },
      flag: { type: 'boolean', value: false },
      date: { type: 'date', value: new Date('2024-02-29T10:00:00.123Z') },
      day: { type: 'localDate', value: '2024-02-29' },
      stamp: { type: 'localDateTime', value: '2024-02-29T10:00' },
      time: { type: 'localTime', value: '10:00:00.500' },
    })
    const { execution } = await bench.start(await bench.owner(), { parameters })
    const stored = (await bench.storedExecution(execution.id)).parameters
    for (const name of ['text', 'empty', 'long', 'big', 'double', 'flag', 'date', 'day']) {
      assert.deepEqual(stored.get(name), parameters.get(name))
    }
    assert.equal(jobKey(stored), execution.jobInstance.jobKey)
  },

  'parameters that do not identify are kept, and make no other instance': async (bench) => {
    const owner = await bench.owner()
    const first = await bench.start(owner, { parameters: ONE })
    await bench.finish(first, { status: 'FAILED' })
    const parameters = new Map([...ONE, ['note', { type: 'string', value: 'again', identifying: false } as const]])
    const second = await bench.start(owner, { parameters })
    assert.equal(second.execution.jobInstance.id, first.execution.jobInstance.id)
    assert.equal((await bench.storedExecution(second.execution.id)).parameters.get('note')?.identifying, false)
  },

  'secrets are neither stored nor given back, and make no other instance': async (bench) => {
    const owner = await bench.owner()
    const secret = { type: 'string', value: 'hunter2', secret: true } as const
    const parameters = new Map([
      ...ONE,
      ['token', { ...secret, identifying: false }] as const,
      // As no job declares it: whatever is secret stays out.
      ['pin', { ...secret, identifying: true }] as const,
    ])
    const first = await bench.start(owner, { parameters })
    assert.deepEqual([...first.execution.parameters], [...ONE])
    assert.deepEqual([...(await bench.storedExecution(first.execution.id)).parameters], [...ONE])
    assert.equal(first.execution.jobInstance.jobKey, jobKey(ONE))
    assert.deepEqual(await bench.repository.findJobInstance(bench.jobName, parameters), first.execution.jobInstance)
    const ended = await bench.finish(first, { status: 'FAILED' })
    assert.deepEqual([...ended.parameters], [...ONE])
    const second = await bench.start(owner, { parameters: ONE })
    assert.equal(second.execution.jobInstance.id, first.execution.jobInstance.id)
    assert.ok(parameters.has('token'), "the caller's own map stays as it is")
  },

  'other identifying parameters make another instance': async (bench) => {
    const owner = await bench.owner()
    const first = await bench.start(owner, { parameters: ONE })
    const second = await bench.start(owner, { parameters: TWO })
    assert.notEqual(second.execution.jobInstance.id, first.execution.jobInstance.id)
  },

  'two jobs with the same parameters are two instances': async (bench) => {
    const owner = await bench.owner()
    const first = await bench.start(owner)
    const second = await bench.start(owner, { jobName: `${bench.jobName} 2` })
    assert.notEqual(second.execution.jobInstance.id, first.execution.jobInstance.id)
  },

  'an instance that runs is not started again': async (bench) => {
    const [owner, other] = [await bench.owner(), await bench.owner()]
    const { execution } = await bench.start(owner)
    const error = await rejected(bench.start(other), JobExecutionAlreadyRunningError)
    assert.equal(error.jobInstanceId, execution.jobInstance.id)
    assert.equal(error.jobExecutionId, execution.id)
    assert.equal(error.ownerId, owner.ownerId)
    assert.equal((await bench.repository.listJobExecutions(execution.jobInstance.id)).length, 1)
  },

  'of many starts at once one wins': async (bench) => {
    const [owner, other] = [await bench.owner(), await bench.owner()]
    const starts = Array.from({ length: 6 }, (_, index) => bench.start(index % 2 === 0 ? owner : other))
    const outcomes = await Promise.allSettled(starts)
    const errors = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason as unknown)
    assert.equal(errors.length, 5)
    for (const error of errors) assert.ok(error instanceof JobExecutionAlreadyRunningError, String(error))
  },

  'a completed instance is not started again': async (bench) => {
    const owner = await bench.owner()
    const started = await bench.start(owner)
    await bench.finish(started)
    const error = await rejected(bench.start(owner), JobInstanceAlreadyCompleteError)
    assert.equal(error.jobExecutionId, started.execution.id)
  },

  ...forEach(
    ['FAILED', 'STOPPED'] as const,
    (status) => `an instance that ended ${status} is started again, with the job's context`,
    async (bench, status) => {
      const owner = await bench.owner()
      const first = await bench.start(owner)
      await bench.finish(first, { status, executionContext: new ExecutionContext({ seen: [1, 2n] }) })
      const { execution } = await bench.start(owner)
      assert.equal(execution.jobInstance.id, first.execution.jobInstance.id)
      assert.notEqual(execution.id, first.execution.id)
      assert.deepEqual(execution.executionContext.toObject(), { seen: [1, 2n] })
    },
  ),

  ...forEach(
    ['ABANDONED', 'UNKNOWN'] as const,
    (status) => `an instance that ended ${status} is not started again`,
    async (bench, status) => {
      const owner = await bench.owner()
      const started = await bench.start(owner)
      await bench.finish(started, { status })
      const error = await rejected(bench.start(owner), JobRestartError)
      assert.equal(error.jobExecutionId, started.execution.id)
    },
  ),

  'a job that prevents its restart is started once only': async (bench) => {
    const owner = await bench.owner()
    await bench.finish(await bench.start(owner, { restartable: false }), { status: 'FAILED' })
    await rejected(bench.start(owner, { restartable: false }), JobRestartError)
  },

  'an instance that is newer than the one to follow is not restarted': async (bench) => {
    const owner = await bench.owner()
    const first = await bench.start(owner, { parameters: ONE, follows: 0 })
    const { id } = first.execution.jobInstance
    await bench.finish(first, { status: 'FAILED' })
    for (const follows of [0, id - 1]) await rejected(bench.start(owner, { parameters: ONE, follows }), JobRestartError)
    assert.equal((await bench.repository.listJobExecutions(id)).length, 1)
    const again = await bench.start(owner, { parameters: ONE, follows: id })
    assert.equal(again.execution.jobInstance.id, id)
    assert.notEqual((await bench.start(owner, { parameters: TWO, follows: id })).execution.jobInstance.id, id)
  },

  'a start that is refused leaves the instance free': async (bench) => {
    const owner = await bench.owner()
    const started = await bench.start(owner)
    await bench.finish(started, { status: 'FAILED' })
    await rejected(bench.start(owner, { restartable: false }), JobRestartError)
    assert.equal(await bench.repository.findLease(started.lease.jobInstanceId), undefined)
    assert.equal((await bench.repository.listJobExecutions(started.lease.jobInstanceId)).length, 1)
    await bench.start(owner)
  },

  'dates that differ by milliseconds have one key, and are told apart': async (bench) => {
    const owner = await bench.owner()
    const at = (value: string): ReturnType<typeof parametersOf> =>
      parametersOf({ at: { type: 'date', value: new Date(value) } })
    await bench.finish(await bench.start(owner, { parameters: at('2024-01-01T00:00:00.001Z') }))
    await rejected(bench.start(owner, { parameters: at('2024-01-01T00:00:00.002Z') }), JobKeyCollisionError)
    await rejected(bench.start(owner, { parameters: at('2024-01-01T00:00:00.001Z') }), JobInstanceAlreadyCompleteError)
  },

  'an owner that is not registered starts nothing': async (bench) => {
    const owner = await bench.owner()
    await owner.close()
    await rejected(bench.start(owner), UnknownOwnerError)
    assert.equal(await bench.repository.findJobInstance(bench.jobName, new Map()), undefined)
  },
}
