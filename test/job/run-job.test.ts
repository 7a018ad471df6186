import {
  chunkStep,
  ExitStatus,
  job,
  type JobExecution,
  JobExecutionUnsuccessfulError,
  JobOperator,
  MemoryJobRepository,
} from 'chunkwise'
import { runJob } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

/** Steps that write down that they ran, and fail as long as they are told to. */
function steps(failing: Set<string> = new Set()) {
  const ran: string[] = []
  const step = <const N extends string>(
    name: N,
    options: { allowStartIfComplete?: boolean; startLimit?: number } = {},
  ) =>
    chunkStep(name, {
      chunkSize: 1,
      reader: [name],
      writer: ([item]) => {
        ran.push(item!)
        if (failing.has(name)) throw new Error(`${name} fails`)
      },
      ...options,
    })
  return { ran, step, failing }
}

describe('a job', () => {
  it('runs its steps one after another and ends with the exit status of the last', async () => {
    const { ran, step } = steps()
    const execution = await runJob(job('three').start(step('a')).next(step('b')).next(step('c')).build())
    expect(ran).toEqual(['a', 'b', 'c'])
    expect(execution).toMatchObject({ status: 'COMPLETED', jobName: 'three', failures: [] })
    expect(execution.exitStatus).toEqual(ExitStatus.COMPLETED)
    expect(execution.endTime).toBeInstanceOf(Date)
    expect(() => execution.throwIfUnsuccessful()).not.toThrow()
  })

  it('resolves also when a step fails: with its error and description; the steps behind it do not run', async () => {
    const { ran, step } = steps(new Set(['b']))
    const repository = new MemoryJobRepository()
    const made = job('failing').start(step('a')).next(step('b')).next(step('c')).build()
    const execution = await runJob(made, {}, { repository })
    expect(ran).toEqual(['a', 'b'])
    expect(execution).toMatchObject({ status: 'FAILED', failures: [new Error('b fails')] })
    expect(execution.exitStatus.exitDescription).toContain('Error: b fails')
    const stored = await repository.getJobExecution(execution.id)
    expect(stored).toMatchObject({ status: 'FAILED', exitStatus: execution.exitStatus })
    expect(stored?.stepExecutions.map(({ status }) => status)).toEqual(['COMPLETED', 'FAILED'])
  })

  it('that failed throws when asked to, with the first failure as the cause', async () => {
    const { step } = steps(new Set(['a']))
    const execution = await runJob(job('thrown').start(step('a')).build())
    const error = (() => {
      try {
        execution.throwIfUnsuccessful()
      } catch (thrown) {
        return thrown as JobExecutionUnsuccessfulError
      }
      return undefined
    })()
    expect(error).toBeInstanceOf(JobExecutionUnsuccessfulError)
    expect(error).toMatchObject({ status: 'FAILED', jobExecutionId: execution.id, cause: new Error('a fails') })
    expect(error?.message).toContain('a fails')
  })

  it('gives its steps the parameters, typed and copied', async () => {
    const seen: unknown[] = []
    const step = chunkStep('seen', {
      chunkSize: 1,
      reader: ({ parameters }: { parameters: { day: Date; max: number } }) => {
        seen.push(parameters.day, parameters.max)
        return []
      },
      writer: () => undefined,
    })
    const day = new Date('2025-12-21')
    const made = job('seen', { parameters: { day: 'date', max: { type: 'long', default: 5 } } })
      .start(step)
      .build()
    await runJob(made, { day })
    expect(seen).toEqual([day, 5])
    expect(seen[0]).not.toBe(day)
  })
})

describe('a restart', () => {
  it('skips what has completed and runs the rest', async () => {
    const { ran, step, failing } = steps(new Set(['b']))
    const repository = new MemoryJobRepository()
    const made = job('skip').start(step('a')).next(step('b')).next(step('c')).build()
    await runJob(made, {}, { repository })
    failing.clear()
    const execution = await runJob(made, {}, { repository })
    expect(ran).toEqual(['a', 'b', 'b', 'c'])
    expect(execution.status).toBe('COMPLETED')
    expect(execution.exitStatus).toEqual(ExitStatus.COMPLETED)
    expect(execution.stepExecutions.map(({ stepName }) => stepName)).toEqual(['b', 'c'])
  })

  it('runs a completed step again that allows it, from the beginning', async () => {
    const { ran, step, failing } = steps(new Set(['b']))
    const repository = new MemoryJobRepository()
    const made = job('again')
      .start(step('a', { allowStartIfComplete: true }))
      .next(step('b'))
      .build()
    await runJob(made, {}, { repository })
    failing.clear()
    await runJob(made, {}, { repository })
    expect(ran).toEqual(['a', 'b', 'a', 'b'])
  })

  it('beyond the startLimit of a step fails the job with a typed error, before the step runs', async () => {
    const { ran, step } = steps(new Set(['a']))
    const repository = new MemoryJobRepository()
    const made = job('limited')
      .start(step('a', { startLimit: 2 }))
      .build()
    for (const _ of [1, 2]) await runJob(made, {}, { repository })
    const third = await runJob(made, {}, { repository })
    expect(ran).toEqual(['a', 'a'])
    expect(third).toMatchObject({
      status: 'FAILED',
      stepExecutions: [],
      failures: [{ code: 'BATCH_START_LIMIT_EXCEEDED', stepName: 'a', startLimit: 2 }],
    })
    expect(third.exitStatus.exitDescription).toContain('BATCH_START_LIMIT_EXCEEDED')
  })

  it('is refused by a job that prevents it', async () => {
    const { step } = steps(new Set(['a']))
    const repository = new MemoryJobRepository()
    const made = job('never', { preventRestart: true }).start(step('a')).build()
    expect((await runJob(made, {}, { repository })).status).toBe('FAILED')
    await expect(runJob(made, {}, { repository })).rejects.toMatchObject({ code: 'BATCH_JOB_NOT_RESTARTABLE' })
  })

  it('whose steps had all completed before is COMPLETED with the exit code NOOP', async () => {
    const { ran, step } = steps()
    const repository = new MemoryJobRepository()
    const made = job('noop').start(step('a')).build()
    // The process dies, or the database is gone, when the last step has ended and the job has not.
    const finish = repository.finishJobExecution.bind(repository)
    repository.finishJobExecution = () => Promise.reject(new Error('database gone'))
    const first = await runJob(made, {}, { repository })
    expect(first).toMatchObject({ status: 'UNKNOWN', failures: [new Error('database gone')] })
    expect(first.stepExecutions.map(({ status }) => status)).toEqual(['COMPLETED'])
    repository.finishJobExecution = finish
    const second = await runJob(made, {}, { repository })
    expect(second).toMatchObject({ status: 'COMPLETED', exitStatus: { exitCode: 'NOOP' }, stepExecutions: [] })
    expect(ran).toEqual(['a'])
    const [, taken] = await repository.listJobExecutions(first.jobInstance.id)
    expect(taken).toMatchObject({ id: first.id, status: 'FAILED', exitStatus: { exitDescription: 'owner lost' } })
  })

  it('goes on with a step whose end could not be stored', async () => {
    const { ran, step } = steps()
    const repository = new MemoryJobRepository()
    const update = repository.updateStepExecution.bind(repository)
    repository.updateStepExecution = () => Promise.reject(new Error('database gone'))
    const made = job('unstored').start(step('a')).build()
    const first = await runJob(made, {}, { repository })
    expect(first).toMatchObject({ status: 'FAILED', failures: [new Error('database gone')] })
    repository.updateStepExecution = update
    expect((await runJob(made, {}, { repository })).status).toBe('COMPLETED')
    expect(ran).toEqual(['a'])
  })
})

it('listeners see the execution with its steps, and the operator shows the same afterwards', async () => {
  const seen: JobExecution[] = []
  const { step } = steps()
  const made = job('shown', { listeners: [{ afterJob: (execution) => void seen.push(execution) }] })
    .start(step('a'))
    .build()
  await using operator = new JobOperator({ repository: new MemoryJobRepository() })
  const execution = await operator.run(made)
  expect(seen).toEqual([execution])
  const stored = await operator.execution(execution.id)
  expect(stored?.stepExecutions[0]).toEqual(execution.stepExecutions[0])
  expect(stored).toEqual(execution)
})
