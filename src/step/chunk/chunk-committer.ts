import type { ExecutionContext } from '../../domain/execution-context.js'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { addCounts } from '../../domain/step-counts.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { isItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import type { CheckpointAnswer } from '../../repository/job-repository.js'
import { transactionLabel } from '../../repository/owner-labels.js'
import { withCurrentTransaction } from '../../transaction/current-transaction.js'
import { CommitOutcomeUnknownError } from '../../transaction/transaction-errors.js'
import type { TransactionContext } from '../../transaction/transaction-context.js'
import type { ManagedTransaction, TransactionManager } from '../../transaction/transaction.js'
import type { StepRuntime } from '../step.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import type { ItemKeys } from './item-keys.js'
import { writePlace } from './positions.js'
import { StepWriteContext } from './step-write-context.js'

/** What a {@link ChunkCommitter} writes with. */
export interface ChunkCommitterOptions {
  readonly writer: ItemWriter<unknown>
  readonly transaction: TransactionManager
  readonly keys: ItemKeys
  readonly listeners: readonly ItemListener[]
}

/** Writes a chunk and commits it together with its counts and position: one transaction. */
export class ChunkCommitter {
  readonly #runtime: StepRuntime
  readonly #options: ChunkCommitterOptions
  readonly #joined: boolean
  readonly #beforeWrite: Notify<[items: readonly unknown[], context: TransactionContext]>
  readonly #afterWrite: Notify<[items: readonly unknown[], context: TransactionContext]>
  readonly #onWriteError: Notify<[items: readonly unknown[], error: unknown]>

  constructor(runtime: StepRuntime, options: ChunkCommitterOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#joined = options.transaction.resource === runtime.repository.transactionManager.resource
    this.#beforeWrite = notifier(options.listeners, 'beforeWrite')
    this.#afterWrite = notifier(options.listeners, 'afterWrite')
    this.#onWriteError = notifier(options.listeners, 'onWriteError')
  }

  /** Commits the chunk; rejects when it was rolled back. The step execution then has its new counts and context. */
  async commit(chunk: Chunk, processed: ProcessedChunk): Promise<void> {
    this.#assertOwned()
    const { stepExecution } = this.#runtime
    const checkpoint = this.#checkpoint(chunk, processed)
    const transaction = await this.#begin(this.#options.transaction)
    let answer: CheckpointAnswer
    try {
      await this.#write(chunk, processed, transaction, checkpoint.executionContext)
      this.#assertOwned()
      answer = await this.#commitWithCheckpoint(chunk, checkpoint, transaction)
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

  /** The step as it is when the chunk has committed, counted before the writer sees the items. */
  #checkpoint(chunk: Chunk, processed: ProcessedChunk): StepExecution {
    const { stepExecution } = this.#runtime
    const counts = addCounts(stepExecution.counts, {
      read: chunk.items.length,
      write: processed.outputs.length,
      filter: processed.filtered,
      commit: 1,
    })
    return { ...stepExecution, counts, executionContext: stepExecution.executionContext.copy() }
  }

  #begin(manager: TransactionManager): Promise<ManagedTransaction> {
    return manager.begin({ label: transactionLabel(this.#runtime.lease.ownerId) })
  }

  async #write(
    chunk: Chunk,
    processed: ProcessedChunk,
    transaction: ManagedTransaction,
    executionContext: ExecutionContext,
  ): Promise<void> {
    const { outputs } = processed
    if (outputs.length === 0) return
    const { keys, writer, transaction: manager } = this.#options
    // A writer outside the transaction may be slow: no transaction is open in the database while it works.
    if (writer.transactional === true && writer.usesClient !== false) await transaction.begin()
    const context = new StepWriteContext(this.#runtime.context, transaction, executionContext, () =>
      keys.keys(chunk, processed),
    )
    await withCurrentTransaction(manager.resource, transaction, async () => {
      await this.#beforeWrite?.(outputs, context)
      await writer.write(outputs, context)
      await this.#afterWrite?.(outputs, context)
    })
  }

  async #commitWithCheckpoint(
    chunk: Chunk,
    checkpoint: StepExecution,
    transaction: ManagedTransaction,
  ): Promise<CheckpointAnswer> {
    const { stepExecution, lease, repository } = this.#runtime
    const { writer } = this.#options
    const { counts, executionContext } = checkpoint
    writePlace(executionContext, {
      reader: chunk.position,
      writer: isItemStream(writer) ? writer.position() : undefined,
      count: chunk.start + counts.read - stepExecution.counts.read,
    })
    if (!this.#joined) await transaction.commit()
    const joined = this.#joined ? transaction : await this.#begin(repository.transactionManager)
    try {
      const answer = repository.saveCheckpoint(checkpoint, lease, joined)
      await this.#commitSurely(joined)
      Object.assign(stepExecution, { counts, executionContext, version: stepExecution.version + 1 })
      return await answer
    } catch (error) {
      if (!this.#joined) await joined.rollback()
      throw error
    }
  }

  /** Commits; an unknown outcome is read from the repository, never guessed. */
  async #commitSurely(transaction: ManagedTransaction): Promise<void> {
    try {
      await transaction.commit()
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error
      const { repository, stepExecution, lease, context } = this.#runtime
      context.logger.warn({ error, step: stepExecution.stepName }, 'the outcome of a commit is unknown: reading it')
      const committed = await repository.isCheckpointCommitted(stepExecution, lease)
      transaction.resolve(committed)
      if (!committed) throw error.cause
    }
  }
}
