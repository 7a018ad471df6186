import { addCounts, NO_COUNTS } from '../../domain/step-counts.js'
import type { StepSummariesRequest, StepSummary } from '../partitions.js'
import { checkSummaries } from '../page-bounds.js'
import type { MemoryExecutions } from './memory-executions.js'

/** Sums up the executions of steps. */
export function summarizeSteps(rows: MemoryExecutions, request: StepSummariesRequest): readonly StepSummary[] {
  const { jobInstanceId, stepNames, after } = checkSummaries(request)
  return [...new Set(stepNames)].flatMap((stepName) => {
    const history = rows.history(jobInstanceId, stepName)
    const last = history.at(-1)
    if (last === undefined || last.id <= after) return []
    const { id, jobExecutionId, status, counts } = last
    return {
      stepName,
      last: { id, jobExecutionId, status, counts: { ...counts } },
      starts: history.filter(({ startTime }) => startTime !== undefined).length,
      counts: history.filter((step) => step.id > after).reduce((sum, step) => addCounts(sum, step.counts), NO_COUNTS),
    }
  })
}
