import { chunkStep, job, type Logger, MemoryJobRepository, type StepHistory } from 'chunkwise'
import { runJob, runStep } from 'chunkwise/testing'
import { describe, expect, it } from 'vitest'

const step = () => chunkStep('kept', { chunkSize: 1, reader: [1, 2], writer: () => undefined })

/** A repository that tells of an earlier execution with this status. */
async function after(status: string) {
  const repository = new MemoryJobRepository()
  const made = job('kept').start(step()).build()
  const failing = chunkStep('kept', { chunkSize: 1, reader: [1], writer: () => Promise.reject(new Error('no')) })
  await runJob(job('kept').start(failing).build(), {}, { repository })
  const find = repository.findStepHistory.bind(repository)
  repository.findStepHistory = async (...args) => {
    const history = (await find(...args)) as StepHistory
    return { ...history, last: { ...history.last, status: status as 'FAILED' } }
  }
  return runJob(made, {}, { repository })
}

describe('a step of a restarted job', () => {
  it.each(['FAILED', 'STOPPED', 'STARTED'])('runs when it was %s', async (status) => {
    expect(await after(status)).toMatchObject({ status: 'COMPLETED', stepExecutions: [{ status: 'COMPLETED' }] })
  })

  it('does not run when it was ABANDONED', async () => {
    expect((await after('ABANDONED')).stepExecutions).toEqual([])
  })

  it('does not run when it was UNKNOWN: the job fails with a typed error', async () => {
    expect(await after('UNKNOWN')).toMatchObject({
      status: 'FAILED',
      stepExecutions: [],
      failures: [{ code: 'BATCH_STEP_STATE_UNKNOWN', stepName: 'kept' }],
    })
  })
})

it('a step that could not be stored fails the job, and nothing was read', async () => {
  const repository = new MemoryJobRepository()
  const create = repository.createJobExecution.bind(repository)
  repository.createJobExecution = (request) => create({ ...request, firstStep: undefined })
  repository.createStepExecution = () => Promise.reject(new Error('database gone'))
  await expect(runStep(step(), { repository })).rejects.toThrow('database gone')
})

it('the log tells of begin and end, and of the error that failed a step', async () => {
  const lines: [string, string, unknown][] = []
  const level =
    (name: string) =>
    (fields: object | string, message?: string): void =>
      void lines.push([name, message ?? '', (fields as { error?: unknown }).error])
  const logger: Logger = { debug: () => undefined, info: level('info'), warn: level('warn'), error: level('error') }
  const failure = new Error('broken')
  await runStep(chunkStep('log', { chunkSize: 1, reader: [1], writer: () => Promise.reject(failure) }), { logger })
  const told = lines.map(([name, message]) => `${name} ${message}`)
  expect(told).toContain('info step started')
  expect(lines).toContainEqual(['error', 'step failed', failure])
  expect(lines).toContainEqual(['error', 'job failed', failure])
})
