import { type Job, JobOperator, type LeaseState, MemoryJobRepository } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { settle } from '../step/deferred.js'
import { gated, leaveDead } from './plain-steps.js'

class Seeing extends MemoryJobRepository {
  see: (lease: LeaseState) => LeaseState = (lease) => lease

  override async listLeases(page?: object) {
    return (await super.listLeases(page)).map((lease) => this.see(lease))
  }

  override async findLease(jobInstanceId: number) {
    const lease = await super.findLease(jobInstanceId)
    return lease && this.see(lease)
  }
}

function setUp(jobs: Job[] = [], options: { recoverEvery?: '1m' } = {}) {
  const clock = new ManualClock()
  const repository = new Seeing({ clock })
  const operator = new JobOperator({ repository, clock, jobs, ...options })
  return { clock, repository, operator }
}

describe('recover', () => {
  it('takes over all expired executions, which are FAILED and restartable then', async () => {
    const work = gated()
    work.gate.resolve()
    const { repository, operator } = setUp([work.job])
    const dead = [await leaveDead(repository), await leaveDead(repository, { jobName: 'other' })]
    const recovered = await operator.recover()
    expect(recovered.map(({ id }) => id)).toEqual(dead.map(({ jobExecutionId }) => jobExecutionId))
    expect(recovered).toMatchObject([
      { status: 'FAILED', exitStatus: { exitDescription: 'owner lost' }, stepExecutions: [{ status: 'FAILED' }] },
      { status: 'FAILED' },
    ])
    expect(await operator.recover()).toEqual([])
    const handle = await operator.restart(dead[0]?.jobExecutionId ?? 0)
    expect((await handle.result).status).toBe('COMPLETED')
    await operator.close()
  })

  it('by several operators at once recovers each execution once', async () => {
    const { clock, repository, operator } = setUp()
    for (const jobName of ['a', 'b', 'c']) await leaveDead(repository, { jobName })
    const others = [1, 2, 3].map(() => new JobOperator({ repository, clock }))
    const recovered = await Promise.all([operator, ...others].map((one) => one.recover()))
    expect(recovered.flat()).toHaveLength(3)
    await Promise.all([operator, ...others].map((one) => one.close()))
  })

  it('leaves alone what a living owner runs, its own executions too', async () => {
    const work = gated()
    const { clock, repository, operator } = setUp()
    const other = new JobOperator({ repository, clock })
    const handle = await operator.start(work.job)
    await clock.advance('100s')
    expect([await other.recover(), await operator.recover()]).toEqual([[], []])
    repository.see = (lease) => ({ ...lease, expired: true })
    expect(await operator.recover()).toEqual([])
    await expect(operator.start(work.job)).rejects.toMatchObject({ code: 'BATCH_JOB_ALREADY_RUNNING' })
    work.gate.resolve()
    expect((await handle.result).status).toBe('COMPLETED')
    await Promise.all([operator.close(), other.close()])
  })

  it.each([
    ['is taken over when it stays away for its grace', (lease: LeaseState) => lease, 1],
    ['is left alone when it has come back', (lease: LeaseState) => ({ ...lease, sessionGone: false }), 0],
    ['is left alone when it has renewed', (lease: LeaseState) => ({ ...lease, renewedAt: 'later' }), 0],
  ])('an owner whose session is gone %s', async (_, later, count) => {
    const work = gated()
    const { clock, repository, operator } = setUp()
    const other = new JobOperator({ repository, clock })
    const handle = await operator.start(work.job)
    repository.see = (lease) => ({ ...lease, sessionGone: true })
    const recovering = other.recover()
    await clock.advance('1999ms')
    expect((await repository.getJobExecution(handle.execution.id))?.status).toBe('STARTED')
    repository.see = (lease) => later({ ...lease, sessionGone: true })
    await clock.advance('1ms')
    expect(await recovering).toHaveLength(count)
    work.gate.resolve()
    expect((await handle.result).status).toBe(count === 1 ? 'FAILED' : 'COMPLETED')
    await Promise.all([operator.close(), other.close()])
  })

  it('goes on with the others when one cannot be taken over, and throws the first error at the end', async () => {
    const { repository, operator } = setUp()
    const [first, second] = [await leaveDead(repository), await leaveDead(repository, { jobName: 'other' })]
    const takeOver = repository.takeOver.bind(repository)
    repository.takeOver = (observed, ownerId) =>
      observed.jobExecutionId === first.jobExecutionId
        ? Promise.reject(new Error('no connection'))
        : takeOver(observed, ownerId)
    await expect(operator.recover()).rejects.toThrow('no connection')
    expect((await operator.execution(second.jobExecutionId))?.status).toBe('FAILED')
    repository.takeOver = takeOver
    expect(await operator.recover()).toMatchObject([{ id: first.jobExecutionId }])
    await operator.close()
  })

  it('is done by itself every `recoverEvery`, until the operator is closed', async () => {
    const { clock, repository, operator } = setUp([], { recoverEvery: '1m' })
    const first = await leaveDead(repository)
    await clock.advance('59s')
    expect((await operator.execution(first.jobExecutionId))?.status).toBe('STARTED')
    await clock.advance('1s')
    expect((await operator.execution(first.jobExecutionId))?.status).toBe('FAILED')
    const list = repository.listLeases.bind(repository)
    repository.listLeases = () => Promise.reject(new Error('no connection'))
    await clock.advance('1m')
    repository.listLeases = list
    const second = await leaveDead(repository)
    await clock.advance('1m')
    expect((await operator.execution(second.jobExecutionId))?.status).toBe('FAILED')
    await operator.close()
    const third = await leaveDead(repository)
    await clock.advance('10m')
    expect((await repository.getJobExecution(third.jobExecutionId))?.status).toBe('STARTED')
    await expect(operator.recover()).rejects.toMatchObject({ code: 'BATCH_OPERATOR_CLOSED' })
    await settle()
    expect(clock.timers).toBe(0)
  })
})
