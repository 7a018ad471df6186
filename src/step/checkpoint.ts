import type { ExecutionContext } from '../domain/execution-context.js'
import type { StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { CheckpointAnswer } from '../repository/job-repository.js'
import type { Transaction } from '../transaction/transaction.js'
import type { StepRuntime } from './step.js'

/** What remembers that a piece of work is done: stored in its transaction, with its counts. */
export interface Checkpoint {
  /** Stores it in `transaction`. The statement may travel with the COMMIT: the answer comes after it. */
  save(transaction: Transaction): Promise<CheckpointAnswer>
  /** After a commit whose outcome is unknown: whether it is stored. Waits for a commit under way. */
  isCommitted(): Promise<boolean>
  /** Takes the work into the step execution, once it has committed. */
  apply(): void
}

/** A checkpoint in the step's own row: its counts and its context as they are with the work. */
export function stepCheckpoint(
  { stepExecution, repository, lease }: StepRuntime,
  counts: StepCounts,
  executionContext: ExecutionContext,
): Checkpoint {
  const next: StepExecution = { ...stepExecution, counts, executionContext }
  return {
    save: (transaction) => repository.saveCheckpoint(next, lease, transaction),
    isCommitted: () => repository.isCheckpointCommitted(stepExecution, lease),
    apply: () => void Object.assign(stepExecution, { counts, executionContext, version: next.version + 1 }),
  }
}
