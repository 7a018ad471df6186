import { randomUUID } from 'node:crypto'
import { ExecutionContext, JobOperator, MemoryJobRepository } from 'chunkwise'
import { describe, expect, it } from 'vitest'
import { plainJob, plainStep } from '../launch/plain-steps.js'

/** An instance whose last execution failed, with these steps in it. */
async function failedBefore(repository: MemoryJobRepository, steps: Record<string, 'ABANDONED' | 'COMPLETED'>) {
  const ownerId = randomUUID()
  await repository.openOwner({ ownerId, leaseDuration: 60_000, onSessionLost: () => undefined })
  const request = { jobName: 'plain', parameters: new Map(), restartable: true, ownerId }
  const execution = await repository.createJobExecution(request)
  const lease = { ownerId, jobInstanceId: execution.jobInstance.id, jobExecutionId: execution.id }
  for (const [stepName, status] of Object.entries(steps)) {
    const executionContext = new ExecutionContext()
    const step = await repository.createStepExecution({ lease, stepName, executionContext })
    await repository.updateStepExecution({ ...step, status }, lease)
  }
  await repository.finishJobExecution(Object.assign(execution, { status: 'FAILED' }), lease)
}

describe('a step that was abandoned', () => {
  it('counts as done at a restart: the job goes on with the next', async () => {
    const repository = new MemoryJobRepository()
    await failedBefore(repository, { a: 'COMPLETED', b: 'ABANDONED' })
    const ran: string[] = []
    const steps = ['a', 'b', 'c'].map((name) => plainStep(name, async () => void ran.push(name)))
    await using operator = new JobOperator({ repository })
    const execution = await operator.run(plainJob(steps))
    expect(ran).toEqual(['c'])
    expect(execution).toMatchObject({ status: 'COMPLETED', exitStatus: { exitCode: 'COMPLETED' } })
  })

  it('ends the job COMPLETED when it is the last', async () => {
    const repository = new MemoryJobRepository()
    await failedBefore(repository, { a: 'ABANDONED' })
    await using operator = new JobOperator({ repository })
    const execution = await operator.run(plainJob([plainStep('a', () => Promise.reject(new Error('it ran')))]))
    expect(execution).toMatchObject({ status: 'COMPLETED', stepExecutions: [] })
  })
})
