import { JobOperator, MemoryJobRepository } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { gated, leaveDead, plainJob, plainStep } from './plain-steps.js'

function setUp() {
  const clock = new ManualClock()
  const repository = new MemoryJobRepository({ clock })
  return { clock, repository, operator: new JobOperator({ repository, clock }) }
}

/** A job that fails or not, as told. */
function failing(name: string, fails: boolean) {
  return plainJob([plainStep('only', () => (fails ? Promise.reject(new Error('told to')) : Promise.resolve()))], name)
}

describe('abandon', () => {
  it('ends a failed execution for ever: its instance is not started again', async () => {
    const { operator } = setUp()
    const failed = await operator.run(failing('bad', true))
    expect(await operator.abandon(failed)).toMatchObject({ id: failed.id, status: 'ABANDONED' })
    expect(await operator.abandon(failed.id)).toMatchObject({ status: 'ABANDONED' })
    await expect(operator.run(failing('bad', false))).rejects.toMatchObject({ code: 'BATCH_JOB_NOT_RESTARTABLE' })
    await operator.close()
  })

  it('ends a stopped one', async () => {
    const { operator } = setUp()
    const handle = await operator.start(gated().job)
    await handle.stop()
    expect((await operator.abandon(handle.execution)).status).toBe('ABANDONED')
    await operator.close()
  })

  it('ends one that another program has left running, with its steps', async () => {
    const { repository, operator } = setUp()
    const { jobExecutionId, jobInstanceId } = await leaveDead(repository)
    const lease = await repository.findLease(jobInstanceId)
    await expect(operator.abandon(jobExecutionId)).rejects.toMatchObject({
      code: 'BATCH_NOT_ABANDONABLE',
      jobExecutionId,
      status: 'STARTED',
      reason: expect.stringContaining(lease?.ownerId ?? '') as string,
    })
    // As Java leaves it: running, and nobody holds a lease.
    const execution = await repository.getJobExecution(jobExecutionId)
    if (execution === undefined || lease === undefined) throw new Error('it is not there')
    await repository.finishJobExecution(Object.assign(execution, { status: 'STARTED' }), lease)
    expect(await operator.abandon(jobExecutionId)).toMatchObject({ status: 'ABANDONED' })
    await operator.close()
  })

  it('refuses what has completed, what runs, and what is not there', async () => {
    const { operator } = setUp()
    const completed = await operator.run(failing('good', false))
    await expect(operator.abandon(completed)).rejects.toMatchObject({ code: 'BATCH_NOT_ABANDONABLE' })
    const handle = await operator.start(gated().job)
    await expect(operator.abandon(handle.execution)).rejects.toMatchObject({ code: 'BATCH_NOT_ABANDONABLE' })
    await handle.stop()
    await expect(operator.abandon(4711)).rejects.toMatchObject({ code: 'BATCH_NO_SUCH_EXECUTION' })
    await operator.close()
  })

  it('looks again at an execution that changes meanwhile, but not for ever', async () => {
    const { repository, operator } = setUp()
    const failed = await operator.run(failing('bad', true))
    const abandon = repository.abandonJobExecution.bind(repository)
    let times = 0
    repository.abandonJobExecution = async (id, version) => ++times === 2 && abandon(id, version)
    expect((await operator.abandon(failed)).status).toBe('ABANDONED')
    const other = await operator.run(failing('worse', true))
    repository.abandonJobExecution = async () => false
    await expect(operator.abandon(other)).rejects.toMatchObject({ code: 'BATCH_NOT_ABANDONABLE' })
    await operator.close()
  })
})

describe('prune', () => {
  it('deletes old instances batch by batch', async () => {
    const { repository, operator } = setUp()
    const { ownerId } = await repository.openOwner({
      ownerId: 'x',
      leaseDuration: 1_000,
      onSessionLost: () => undefined,
    })
    for (let number = 0; number < 250; number++) {
      const parameters = new Map([['number', { type: 'long' as const, value: number, identifying: true }]])
      const execution = await repository.createJobExecution({ jobName: 'many', parameters, ownerId, restartable: true })
      const lease = { ownerId, jobInstanceId: execution.jobInstance.id, jobExecutionId: execution.id }
      await repository.finishJobExecution(Object.assign(execution, { status: 'COMPLETED' }), lease)
    }
    const batches: number[] = []
    const prune = repository.prune.bind(repository)
    repository.prune = async (request) => {
      const answer = await prune({ ...request, olderThan: -1 })
      batches.push(answer.instances)
      return answer
    }
    expect(await operator.prune({ olderThan: 0 })).toEqual({ instances: 250, executions: 250 })
    expect(batches).toEqual([100, 100, 50])
    await operator.close()
  })

  it('keeps what can be restarted unless told otherwise, and the latest of each job', async () => {
    const { clock, operator } = setUp()
    await operator.run(failing('good', false))
    await operator.run(failing('bad', true))
    await clock.advance('40m')
    await operator.run(failing('late', false))
    expect(await operator.prune({ olderThan: '30m', keepLast: 1 })).toEqual({ instances: 0, executions: 0 })
    expect(await operator.prune({ olderThan: '30m', jobNames: ['bad'] })).toEqual({ instances: 0, executions: 0 })
    expect(await operator.prune({ olderThan: '30m' })).toEqual({ instances: 1, executions: 1 })
    expect(await operator.prune({ olderThan: '30m', keepFailed: false })).toEqual({ instances: 1, executions: 1 })
    expect(await operator.jobNames()).toEqual(['late'])
    await operator.close()
  })

  it.each([
    [{}, 'prune.olderThan'],
    [{ olderThan: 'old' }, 'prune.olderThan'],
    [{ olderThan: 0, keepLast: -1 }, 'prune.keepLast'],
    [{ olderThan: 0, keepFailed: 'yes' }, 'prune.keepFailed'],
    [{ olderThan: 0, jobNames: 'x' }, 'prune.jobNames'],
    [{ olderThan: 0, jobNames: [''] }, 'prune.jobNames[0]'],
    [{ olderThan: 0, keep: 1 }, 'prune.keep'],
  ])('refuses bad options: %o', async (options, option) => {
    await expect(setUp().operator.prune(options as never)).rejects.toMatchObject({
      code: 'BATCH_INVALID_OPTION',
      option,
    })
  })
})
