import type { JobExecution } from '../domain/job-execution.js'
import { BatchStatus } from '../domain/batch-status.js'
import { NoSuchExecutionError, NotAbandonableError } from '../domain/launch-errors.js'
import type { JobRepository } from '../repository/job-repository.js'

const ATTEMPTS = 3

/** Abandons an execution; one that has changed since it was looked at is looked at again. */
export async function abandonExecution(repository: JobRepository, id: number): Promise<JobExecution> {
  for (let attempt = 1; ; attempt++) {
    const found = await repository.getJobExecution(id)
    if (found === undefined) throw new NoSuchExecutionError(id)
    if (found.status === 'ABANDONED') return found
    const reason =
      attempt > ATTEMPTS ? 'and changes whenever it is looked at: try again' : await whyNot(repository, found)
    if (reason !== undefined) throw new NotAbandonableError(id, found.status, reason)
    if (await repository.abandonJobExecution(id, found.version)) return (await repository.getJobExecution(id)) ?? found
  }
}

async function whyNot(
  repository: JobRepository,
  { id, status, jobInstance }: JobExecution,
): Promise<string | undefined> {
  if (status === 'COMPLETED') return 'and has nothing left to do'
  if (!BatchStatus.isRunning(status)) return undefined
  const lease = await repository.findLease(jobInstance.id)
  if (lease?.jobExecutionId !== id) return undefined
  return `and owner ${lease.ownerId} runs it: stop it first, or, if its process is dead, recover it`
}
