import assert from 'node:assert/strict'
import { ExecutionContext } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import { rejected, type Rules } from './contract-bench.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'

/** How executions end and are stopped. */
export const finishRules: Rules = {
  'an execution ends with status, exit status, context and time': async (bench) => {
    const started = await bench.start(await bench.owner())
    const failures = [new Error('no disk')]
    const finished = await bench.finish(started, {
      status: 'FAILED',
      exitStatus: new ExitStatus('FAILED', 'no disk'),
      executionContext: new ExecutionContext({ done: new Date(0) }),
      failures,
    })
    const stored = await bench.storedExecution(started.execution.id)
    assert.equal(stored.status, 'FAILED')
    assert.deepEqual(stored.exitStatus, new ExitStatus('FAILED', 'no disk'))
    assert.deepEqual(stored.executionContext.toObject(), { done: new Date(0) })
    assert.ok(stored.endTime instanceof Date)
    assert.equal(stored.version, 1)
    assert.deepEqual(finished.failures, failures)
    assert.deepEqual(finished.endTime, stored.endTime)
    assert.equal(finished.jobName, bench.jobName)
  },

  'an execution ends once': async (bench) => {
    const started = await bench.start(await bench.owner())
    await bench.finish(started)
    await rejected(bench.finish(started, { status: 'FAILED' }), OwnershipLostError)
    assert.equal((await bench.storedExecution(started.execution.id)).status, 'COMPLETED')
  },

  'a step that still looks alive when its job ends is failed': async (bench) => {
    const started = await bench.start(await bench.owner())
    const step = await bench.step(started.lease)
    const finished = await bench.finish(started, { status: 'FAILED' })
    assert.equal((await bench.storedStep(step.id)).status, 'FAILED')
    assert.deepEqual(
      finished.stepExecutions.map(({ id, status }) => [id, status]),
      [[step.id, 'FAILED']],
    )
  },

  'a stop turns STARTED into STOPPING and raises the version': async (bench) => {
    const { execution } = await bench.start(await bench.owner())
    assert.equal(await bench.repository.requestStop(execution.id), true)
    const stored = await bench.storedExecution(execution.id)
    assert.equal(stored.status, 'STOPPING')
    assert.equal(stored.version, 1)
  },

  'asking for a stop twice is the same as once': async (bench) => {
    const { execution } = await bench.start(await bench.owner())
    await bench.repository.requestStop(execution.id)
    assert.equal(await bench.repository.requestStop(execution.id), true)
    assert.equal((await bench.storedExecution(execution.id)).version, 1)
  },

  'a stop asked meanwhile is no conflict for the one who ends the execution': async (bench) => {
    const started = await bench.start(await bench.owner())
    await bench.repository.requestStop(started.execution.id)
    const finished = await bench.finish(started, { status: 'STOPPED' })
    assert.equal(finished.status, 'STOPPED')
    assert.equal(finished.version, 2)
  },

  'what does not run cannot be stopped': async (bench) => {
    const started = await bench.start(await bench.owner())
    await bench.finish(started)
    assert.equal(await bench.repository.requestStop(started.execution.id), false)
    assert.equal(await bench.repository.requestStop(-1), false)
    assert.equal(await bench.repository.requestStop(Number.NaN), false)
    assert.equal((await bench.storedExecution(started.execution.id)).status, 'COMPLETED')
  },
}
