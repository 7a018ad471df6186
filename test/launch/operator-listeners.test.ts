import {
  chunkStep,
  type JobListener,
  job,
  JobOperator,
  jobStep,
  MemoryJobRepository,
  progressListener,
} from 'chunkwise'
import { describe, expect, it } from 'vitest'

const copy = chunkStep('copy', { chunkSize: 2, reader: [1, 2, 3], writer: () => {} })

/** A listener that writes down what it is told. */
function noting(name: string, notes: string[]): JobListener {
  return {
    beforeJob: ({ jobName }) => void notes.push(`${name}: ${jobName} begins`),
    afterJob: ({ jobName, status }) => void notes.push(`${name}: ${jobName} ${status}`),
  }
}

describe('listeners of an operator', () => {
  it('are told of every job around its own, and leave the job as it was', async () => {
    const notes: string[] = []
    const own = job('own', { listeners: [noting('job', notes)] })
      .start(copy)
      .build()
    const listeners = [noting('operator', notes)]
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), jobs: [own], listeners })
    await operator.run('own')
    expect(notes).toEqual(['operator: own begins', 'job: own begins', 'job: own COMPLETED', 'operator: own COMPLETED'])
    expect(own.listeners).toHaveLength(1)
  })

  it('are told of the jobs that steps start', async () => {
    const notes: string[] = []
    const inner = job('inner').start(copy).build()
    const outer = job('outer').start(jobStep('inner', inner)).build()
    const listeners = [noting('operator', notes)]
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), listeners })
    await operator.run(outer)
    expect(notes.filter((note) => note.endsWith('begins'))).toEqual([
      'operator: outer begins',
      'operator: inner begins',
    ])
  })

  it('may be told of progress, by the id of the execution', async () => {
    const told: unknown[] = []
    const progress = progressListener(
      ({ jobExecutionId, items, total }) => void told.push([jobExecutionId, items, total]),
      {
        every: 0,
      },
    )
    await using operator = new JobOperator({ repository: new MemoryJobRepository(), listeners: [progress] })
    const { id } = await operator.run(job('plain').start(copy).build())
    expect(told).toEqual([0, 2, 3, 3].map((items) => [id, items, 3]))
  })

  it('fail the job when one fails before it begins: nothing runs', async () => {
    const repository = new MemoryJobRepository()
    const beforeJob = (): never => {
      throw new RangeError('not today')
    }
    await using operator = new JobOperator({ repository, listeners: [{ beforeJob }] })
    const { id, failures } = await operator.run(job('plain').start(copy).build())
    expect(failures).toEqual([new RangeError('not today')])
    expect(await repository.getJobExecution(id)).toMatchObject({ status: 'FAILED', stepExecutions: [] })
  })

  it.each([{}, [{ afterJobs: () => {} }], [undefined]])(
    'that cannot be told of anything are refused: %j',
    (listeners) => {
      const repository = new MemoryJobRepository()
      expect(() => new JobOperator({ repository, listeners: listeners as never })).toThrow('JobOperator.listeners')
    },
  )
})
