import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { addCounts } from '../../domain/step-counts.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import type { CheckpointAnswer } from '../../repository/job-repository.js'
import { transactionLabel } from '../../repository/owner-labels.js'
import { CommitOutcomeUnknownError } from '../../transaction/transaction-errors.js'
import type { ManagedTransaction, TransactionManager } from '../../transaction/transaction.js'
import type { StepRuntime } from '../step.js'
import type { Checkpoint, MakeCheckpoint } from './checkpoint.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import type { ChunkWriter } from './chunk-writer.js'

/** What a {@link ChunkCommitter} commits with. */
export interface ChunkCommitterOptions {
  readonly writer: ChunkWriter
  readonly transaction: TransactionManager
  readonly makeCheckpoint: MakeCheckpoint
  readonly listeners: readonly ItemListener[]
}

/** Writes a chunk and commits it together with its checkpoint: one transaction. */
export class ChunkCommitter {
  readonly #runtime: StepRuntime
  readonly #options: ChunkCommitterOptions
  readonly #joined: boolean
  readonly #onWriteError: Notify<[items: readonly unknown[], error: unknown]>

  constructor(runtime: StepRuntime, options: ChunkCommitterOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#joined = options.transaction.resource === runtime.repository.transactionManager.resource
    this.#onWriteError = notifier(options.listeners, 'onWriteError')
  }

  /** Commits the chunk; rejects when it was rolled back. The step execution then has its new counts and context. */
  async commit(chunk: Chunk, processed: ProcessedChunk): Promise<void> {
    this.#assertOwned()
    const { stepExecution } = this.#runtime
    const executionContext = stepExecution.executionContext.copy()
    const transaction = await this.#begin(this.#options.transaction)
    let answer: CheckpointAnswer
    try {
      const settled = await this.#options.writer.write(chunk, processed, transaction, executionContext)
      this.#assertOwned()
      answer = await this.#commitWith(this.#options.makeCheckpoint(chunk, settled, executionContext), transaction)
    } catch (error) {
      // Does nothing to one that has committed, as rows in another database have before their checkpoint.
      await transaction.rollback()
      stepExecution.counts = addCounts(stepExecution.counts, { rollback: 1 })
      const tell = this.#onWriteError
      return reportFailure(error, tell && (() => tell(processed.outputs, error)))
    }
    if (answer.stopRequested) this.#runtime.requestStop()
  }

  /** The database fences a lost owner; this keeps it from what no database guards, such as a file. */
  #assertOwned(): void {
    const { signal } = this.#runtime.context
    if (signal.aborted && signal.reason instanceof OwnershipLostError) throw signal.reason
  }

  #begin(manager: TransactionManager): Promise<ManagedTransaction> {
    return manager.begin({ label: transactionLabel(this.#runtime.lease.ownerId) })
  }

  async #commitWith(checkpoint: Checkpoint, transaction: ManagedTransaction): Promise<CheckpointAnswer> {
    if (!this.#joined) await transaction.commit()
    const joined = this.#joined ? transaction : await this.#begin(this.#runtime.repository.transactionManager)
    try {
      const answer = checkpoint.save(joined)
      await this.#commitSurely(checkpoint, joined)
      checkpoint.apply()
      return await answer
    } catch (error) {
      if (!this.#joined) await joined.rollback()
      throw error
    }
  }

  /** Commits; an unknown outcome is read from the repository, never guessed. */
  async #commitSurely(checkpoint: Checkpoint, transaction: ManagedTransaction): Promise<void> {
    try {
      await transaction.commit()
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error
      const { stepExecution, context } = this.#runtime
      context.logger.warn({ error, step: stepExecution.stepName }, 'the outcome of a commit is unknown: reading it')
      const committed = await checkpoint.isCommitted()
      transaction.resolve(committed)
      if (!committed) throw error.cause
    }
  }
}
