import type { ExecutionContext } from '../../domain/execution-context.js'
import { addCounts } from '../../domain/step-counts.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { isItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { CheckpointAnswer } from '../../repository/job-repository.js'
import type { Transaction } from '../../transaction/transaction.js'
import type { StepRuntime } from '../step.js'
import type { Chunk } from './chunk.js'
import type { SettledChunk } from './chunk-writer.js'
import { writePlace } from './positions.js'

/** What remembers that a chunk is done: stored in the chunk's transaction, with its counts. */
export interface Checkpoint {
  /** Stores it in `transaction`. The statement may travel with the COMMIT: the answer comes after it. */
  save(transaction: Transaction): Promise<CheckpointAnswer>
  /** After a commit whose outcome is unknown: whether it is stored. Waits for a commit under way. */
  isCommitted(): Promise<boolean>
  /** Takes the chunk into the step execution, once it has committed. */
  apply(): void
}

/** Makes the checkpoint of a chunk. */
export type MakeCheckpoint = (chunk: Chunk, settled: SettledChunk, executionContext: ExecutionContext) => Checkpoint

/** Checkpoints of a step that commits in read order: one position, in the step's own row and context. */
export function positionCheckpoints(runtime: StepRuntime, writer: ItemWriter<unknown>): MakeCheckpoint {
  const { stepExecution, repository, lease } = runtime
  return (chunk, settled, executionContext) => {
    writePlace(executionContext, {
      reader: chunk.position,
      writer: isItemStream(writer) ? writer.position() : undefined,
      count: chunk.start + chunk.items.length,
      anyOrder: false,
    })
    const counts = addCounts(stepExecution.counts, settled.counts)
    const next: StepExecution = { ...stepExecution, counts, executionContext }
    return {
      save: (transaction) => repository.saveCheckpoint(next, lease, transaction),
      isCommitted: () => repository.isCheckpointCommitted(stepExecution, lease),
      apply: () => void Object.assign(stepExecution, { counts, executionContext, version: next.version + 1 }),
    }
  }
}
