import { chunkStep, InvalidParametersError, job, JobOperator, MemoryJobRepository, UnknownJobError } from 'chunkwise'
import { ManualClock } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'
import { Deferred, settle } from '../step/deferred.js'

/** A job that waits at its only item, fails as long as it is told to, and counts how often it ran. */
function waiting(name = 'nightly', options: { preventRestart?: boolean } = {}) {
  const state = { ran: 0, fail: false, gate: new Deferred() }
  const step = chunkStep('wait', {
    chunkSize: 1,
    reader: [1],
    processor: (item) => state.gate.promise.then(() => item),
    writer: () => {
      state.ran++
      if (state.fail) throw new Error('told to')
    },
  })
  const made = job(name, {
    ...options,
    parameters: { day: 'localDate', max: { type: 'long', required: false, identifying: false } },
  })
    .start(step)
    .build()
  return Object.assign(state, { job: made })
}

const open = () => {
  const repository = new MemoryJobRepository()
  return { repository, operator: new JobOperator({ repository }) }
}
const day = '2025-12-21'

describe('a start', () => {
  it('resolves to a handle once it is stored, and its result when the job has ended', async () => {
    const { repository, operator } = open()
    const work = waiting()
    const handle = await operator.start(work.job, { day })
    const stored = await repository.getJobExecution(handle.execution.id)
    expect(stored).toMatchObject({ status: 'STARTED', jobName: 'nightly' })
    expect(stored?.parameters.get('day')).toMatchObject({ type: 'localDate', value: day, identifying: true })
    expect(await operator.runningExecutions('nightly')).toHaveLength(1)
    work.gate.resolve()
    expect(await handle.result).toBe(handle.execution)
    expect(handle.execution.status).toBe('COMPLETED')
    expect(await operator.runningExecutions()).toEqual([])
    await operator.close()
  })

  it('of what runs already is a typed error, in this operator and in another', async () => {
    const { repository, operator } = open()
    const other = new JobOperator({ repository })
    const work = waiting()
    const handle = await operator.start(work.job, { day })
    for (const starter of [operator, other]) {
      await expect(starter.start(work.job, { day, max: 3 })).rejects.toMatchObject({
        code: 'BATCH_JOB_ALREADY_RUNNING',
        jobExecutionId: handle.execution.id,
        jobInstanceId: handle.execution.jobInstance.id,
      })
    }
    work.gate.resolve()
    await handle.result
    await Promise.all([operator.close(), other.close()])
  })

  it('many times at once has one winner', async () => {
    const { repository } = open()
    const operators = Array.from({ length: 8 }, () => new JobOperator({ repository }))
    const work = waiting()
    const starts = await Promise.allSettled(operators.map((operator) => operator.start(work.job, { day })))
    const refused = starts.filter((start) => start.status === 'rejected')
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
      Array.from({ length: 7 }, () => 'BATCH_JOB_ALREADY_RUNNING'),
    )
    work.gate.resolve()
    await Promise.all(operators.map((operator) => operator.close()))
    expect(work.ran).toBeLessThanOrEqual(1)
  })

  it('of what has completed is a typed error; with another identifying parameter it runs', async () => {
    const { operator } = open()
    const work = waiting()
    work.gate.resolve()
    await operator.run(work.job, { day })
    await expect(operator.start(work.job, { day })).rejects.toMatchObject({
      code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE',
    })
    expect((await operator.run(work.job, { day: '2025-12-22' })).status).toBe('COMPLETED')
    expect(work.ran).toBe(2)
    await operator.close()
  })

  it('of a job that prevents restarts is a typed error after a failure', async () => {
    const { operator } = open()
    const work = waiting('once', { preventRestart: true })
    work.gate.resolve()
    work.fail = true
    const { id } = await operator.run(work.job, { day })
    await expect(operator.run(work.job, { day })).rejects.toMatchObject({
      code: 'BATCH_JOB_NOT_RESTARTABLE',
      jobExecutionId: id,
    })
    await operator.close()
  })

  it('by name takes the jobs of the operator; another name is a typed error with the nearest', async () => {
    const work = waiting()
    work.gate.resolve()
    const operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [work.job] })
    expect((await operator.run('nightly', { day })).status).toBe('COMPLETED')
    const error = await operator.start('nightli', { day }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnknownJobError)
    expect(error).toMatchObject({ code: 'BATCH_UNKNOWN_JOB', jobName: 'nightli', known: ['nightly'] })
    expect((error as Error).message).toContain('did you mean "nightly"?')
    await expect(operator.start('other')).rejects.toThrow('the operator\'s jobs are "nightly"')
    await operator.close()
  })

  it('by name asks a function for the jobs when they are looked for, until it has answered', async () => {
    const work = waiting()
    work.gate.resolve()
    let asked = 0
    const jobs = () => {
      asked += 1
      if (asked === 1) throw new Error('not yet')
      return [work.job]
    }
    const operator = new JobOperator({ repository: new MemoryJobRepository(), jobs })
    expect(asked).toBe(0)
    await expect(operator.start('nightly', { day })).rejects.toThrow('not yet')
    expect((await operator.run('nightly', { day })).status).toBe('COMPLETED')
    expect(operator.describe('nightly').name).toBe('nightly')
    expect(asked).toBe(2)
    await operator.close()
  })

  it('by name rejects when the function gives what are no jobs', async () => {
    const operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: () => ['nightly'] as never })
    await expect(operator.start('nightly')).rejects.toMatchObject({ option: 'JobOperator.jobs[0]' })
    await operator.close()
  })

  it.each([undefined, null, 7, {}, { name: 'x' }])('of %s is a typed error', async (value) => {
    const { operator } = open()
    await expect(operator.start(value as unknown as string)).rejects.toMatchObject({ code: 'BATCH_INVALID_OPTION' })
  })
})

describe('parameters', () => {
  const bad: [string, unknown, string[]][] = [
    ['one that is missing', {}, ['"day"', 'missing']],
    ['a value of another type', { day, max: '12' }, ['"max"', '"12"']],
    ['a value that is no date', { day: '2025-02-30' }, ['"day"', '"2025-02-30"']],
    ['a name that is not declared', { day, maxx: 12 }, ['"maxx"', '12', '"max"']],
    ['null', null, ['null']],
    ['a list', [], ['parameters']],
  ]

  it.each(bad)('are refused before anything is stored: %s', async (_, given, texts) => {
    const { repository, operator } = open()
    const work = waiting()
    const error = await operator.start(work.job, given as never).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidParametersError)
    for (const text of texts) expect((error as Error).message).toContain(text)
    expect(await repository.listJobNames()).toEqual([])
    expect(work.ran).toBe(0)
    await operator.close()
  })

  it('are all checked at once', async () => {
    const { operator } = open()
    const error = await operator.run(waiting().job, { max: 1.5, other: 1 } as never).catch((thrown: unknown) => thrown)
    expect((error as InvalidParametersError).problems.map(({ name }) => name)).toEqual(['day', 'max', 'other'])
  })
})

describe('restart', () => {
  it("goes on with an execution's own parameters", async () => {
    const work = waiting()
    work.gate.resolve()
    work.fail = true
    const operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [work.job] })
    const first = await operator.run(work.job, { day, max: 3 })
    work.fail = false
    const handle = await operator.restart(first.id)
    expect(await handle.result).toMatchObject({ status: 'COMPLETED', jobInstance: first.jobInstance })
    expect(handle.execution.parameters).toEqual(first.parameters)
    expect(handle.execution.id).not.toBe(first.id)
    await expect(operator.restart(first)).rejects.toMatchObject({ code: 'BATCH_JOB_INSTANCE_ALREADY_COMPLETE' })
    await operator.close()
  })

  it('of an execution that is not there, or of a job the operator does not have, is a typed error', async () => {
    const { repository, operator } = open()
    const work = waiting()
    work.gate.resolve()
    const { id } = await operator.run(work.job, { day })
    await expect(operator.restart(4711)).rejects.toMatchObject({ code: 'BATCH_NO_SUCH_EXECUTION' })
    await expect(new JobOperator({ repository }).restart(id)).rejects.toMatchObject({ code: 'BATCH_UNKNOWN_JOB' })
    await operator.close()
  })
})

it('the read side shows jobs, instances, executions and their steps, the latest first', async () => {
  const { operator } = open()
  const work = waiting()
  work.gate.resolve()
  work.fail = true
  const failed = await operator.run(work.job, { day })
  work.fail = false
  const completed = await operator.run(work.job, { day })
  const other = await operator.run(work.job, { day: '2025-12-22' })
  expect(await operator.jobNames()).toEqual(['nightly'])
  expect(await operator.instances('nightly')).toEqual([other.jobInstance, failed.jobInstance])
  expect((await operator.executions(failed.jobInstance)).map(({ id }) => id)).toEqual([completed.id, failed.id])
  expect((await operator.executions(failed.jobInstance.id, { offset: 1, limit: 1 })).map(({ id }) => id)).toEqual([
    failed.id,
  ])
  expect((await operator.execution(failed.id))?.stepExecutions).toMatchObject([{ stepName: 'wait', status: 'FAILED' }])
  expect(await operator.execution(4711)).toBeUndefined()
  await operator.close()
})

describe('close', () => {
  it('stops what runs at its next chunk boundary, and waits for it', async () => {
    const { operator } = open()
    const work = waiting()
    const handle = await operator.start(work.job, { day })
    await settle()
    let closed = false
    const closing = operator.close().then(() => (closed = true))
    await settle()
    expect(closed).toBe(false)
    work.gate.resolve()
    await closing
    expect(handle.execution.status).toBe('STOPPED')
    expect(await operator.runningExecutions()).toEqual([])
  })

  it('waits also when the request to stop cannot be stored', async () => {
    const { repository, operator } = open()
    repository.requestStop = () => Promise.reject(new Error('database gone'))
    const work = waiting()
    const handle = await operator.start(work.job, { day })
    await settle()
    const closing = operator.close()
    await settle()
    expect(handle.execution.status).toBe('STARTED')
    work.gate.resolve()
    await closing
    expect(handle.execution.status).toBe('STOPPED')
  })

  it('stops a start that is under way', async () => {
    const { repository, operator } = open()
    const work = waiting()
    const starting = operator.start(work.job, { day })
    work.gate.resolve()
    await operator.close()
    const handle = await starting
    expect((await repository.getJobExecution(handle.execution.id))?.status).toBe(handle.execution.status)
    expect(['STOPPED', 'COMPLETED']).toContain(handle.execution.status)
  })

  it('lets nothing be started after it, and may be called again', async () => {
    const { operator } = open()
    const work = waiting()
    work.gate.resolve()
    const { id } = await operator.run(work.job, { day })
    await Promise.all([operator.close(), operator.close()])
    await operator.close()
    for (const start of [
      () => operator.start(work.job, { day: '2026-01-01' }),
      () => operator.run(work.job, { day: '2026-01-01' }),
    ]) {
      await expect(start()).rejects.toMatchObject({ code: 'BATCH_OPERATOR_CLOSED' })
    }
    expect((await operator.execution(id))?.status).toBe('COMPLETED')
  })

  it('is what `await using` does', async () => {
    const work = waiting()
    let closed: JobOperator
    {
      await using operator = new JobOperator({ repository: new MemoryJobRepository() })
      closed = operator
    }
    await expect(closed.start(work.job, { day })).rejects.toMatchObject({ code: 'BATCH_OPERATOR_CLOSED' })
  })

  it('leaves no timer behind', async () => {
    const clock = new ManualClock()
    const operator = new JobOperator({ repository: new MemoryJobRepository({ clock }), clock })
    const work = waiting()
    work.gate.resolve()
    await operator.run(work.job, { day })
    expect(clock.timers).toBe(1)
    await operator.close()
    expect(clock.timers).toBe(0)
  })
})

describe('an operator refuses', () => {
  const repository = new MemoryJobRepository()
  const unfinished = job('unfinished').start(chunkStep('a', { chunkSize: 1, reader: [1], writer: () => undefined }))
  it.each([
    [undefined, 'JobOperator.options'],
    [{}, 'JobOperator.repository'],
    [{ repository: {} }, 'JobOperator.repository'],
    [{ repository, jobs: {} }, 'JobOperator.jobs'],
    [{ repository, jobs: [unfinished] }, 'JobOperator.jobs[0]'],
    [{ repository, jobs: [waiting().job, waiting().job] }, 'JobOperator.jobs[1]'],
    [{ repository, leaseDuration: 299 }, 'JobOperator.leaseDuration'],
    [{ repository, leaseDuration: '2d' }, 'JobOperator.leaseDuration'],
    [{ repository, leaseDuration: 'long' }, 'JobOperator.leaseDuration'],
    [{ repository, ownerGrace: -1 }, 'JobOperator.ownerGrace'],
    [{ repository, logger: console.log }, 'JobOperator.logger'],
    [{ repository, clock: Date }, 'JobOperator.clock'],
    [{ repository, lease: 5 }, 'JobOperator.lease'],
  ])('bad options: %#', (options, option) => {
    expect(() => new JobOperator(options as never)).toThrow(
      expect.objectContaining({ code: 'BATCH_INVALID_OPTION', option }),
    )
  })
})
