import { MAX_PAGE } from '../repository/page-bounds.js'
import { retryTransient } from '../sql/retry-transient.js'
import type { StepRuntime } from './step.js'
import { passOf } from './step-passes.js'

/**
 * How many items earlier executions of the same pass of a step have read and committed, since it has COMPLETED last. Asks
 * the repository: a position alone does not say it where chunks commit in any order.
 */
export async function earlierReads({ repository, stepExecution, clock, context }: StepRuntime): Promise<number> {
  const { id, jobInstanceId, stepName, executionContext } = stepExecution
  const pass = passOf(executionContext)
  const retry = { clock, logger: context.logger, what: 'looking at earlier executions', maxAttempts: 7 }
  let sum = 0
  for (let offset = 0; ; offset += MAX_PAGE) {
    const page = { offset, limit: MAX_PAGE }
    const found = await retryTransient(retry, () => repository.listStepExecutions(jobInstanceId, stepName, page))
    for (const earlier of found) {
      if (earlier.id >= id || passOf(earlier.executionContext) !== pass) continue
      if (earlier.status === 'COMPLETED') return sum
      sum += earlier.counts.read
    }
    if (found.length < MAX_PAGE) return sum
  }
}
