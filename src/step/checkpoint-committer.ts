import { retryTransient } from '../sql/retry-transient.js'
import { addCounts } from '../domain/step-counts.js'
import type { CheckpointAnswer } from '../repository/job-repository.js'
import { transactionLabel } from '../repository/owner-labels.js'
import { CommitOutcomeUnknownError } from '../transaction/transaction-errors.js'
import type { ManagedTransaction, TransactionManager } from '../transaction/transaction.js'
import { warnRarely } from '../support/rare-warning.js'
import type { Attempt, Staged } from './attempt.js'
import { beginBefore } from './begin-before.js'
import type { StepRuntime } from './step.js'
import type { Checkpoint } from './checkpoint.js'

/** Commits the transaction of a piece of work together with its checkpoint, or before it where they are of two databases. */
export class CheckpointCommitter {
  readonly #runtime: StepRuntime
  readonly #joined: boolean

  /** `resource` is that of the work's transactions. */
  constructor(runtime: StepRuntime, resource: object) {
    this.#runtime = runtime
    this.#joined = resource === runtime.repository.transactionManager.resource
  }

  /** Begins a transaction that whoever looks at the database's sessions finds by its owner. */
  begin(manager: TransactionManager): Promise<ManagedTransaction> {
    const { deadline, lease } = this.#runtime
    return beginBefore(deadline, () => manager.begin({ label: transactionLabel(lease.ownerId) }))
  }

  /** Rejects when the checkpoint is certainly not stored, or when that cannot be known: then the attempt is the last. */
  async commit(attempt: Attempt, makeCheckpoint: () => Checkpoint): Promise<CheckpointAnswer> {
    if (this.#joined) return this.#save(attempt.transaction, makeCheckpoint(), attempt)
    await attempt.transaction.commit()
    return this.commitApart(attempt, makeCheckpoint)
  }

  /**
   * Stores the checkpoint of work that is done, whatever becomes of the checkpoint: only that is tried again from here
   * on. Rejects when it is not stored, or when that cannot be known.
   */
  commitApart(attempt: Staged, makeCheckpoint: () => Checkpoint): Promise<CheckpointAnswer> {
    attempt.stage = 'committed'
    return this.#retryTransient('storing a checkpoint', () => this.#saveApart(makeCheckpoint(), attempt))
  }

  async #saveApart(checkpoint: Checkpoint, attempt: Staged): Promise<CheckpointAnswer> {
    const transaction = await this.begin(this.#runtime.repository.transactionManager)
    try {
      return await this.#save(transaction, checkpoint, attempt)
    } catch (error) {
      await transaction.rollback()
      const { stepExecution } = this.#runtime
      stepExecution.counts = addCounts(stepExecution.counts, { rollback: 1 })
      throw error
    }
  }

  async #save(transaction: ManagedTransaction, checkpoint: Checkpoint, attempt: Staged): Promise<CheckpointAnswer> {
    const answer = checkpoint.save(transaction)
    await this.#commitSurely(checkpoint, transaction, attempt)
    checkpoint.apply()
    return answer
  }

  /** Commits; an unknown outcome is read from the repository, never guessed. */
  async #commitSurely(checkpoint: Checkpoint, transaction: ManagedTransaction, attempt: Staged): Promise<void> {
    try {
      await transaction.commit()
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error
      const { stage } = attempt
      const { stepExecution, context, clock } = this.#runtime
      const fields = { error, step: stepExecution.stepName }
      warnRarely({ clock, logger: context.logger }, fields, 'the outcome of a commit is unknown: reading it')
      // As long as nobody knows, the work must not be done again.
      attempt.stage = 'committed'
      const committed = await this.#retryTransient('reading the outcome of a commit', () => checkpoint.isCommitted())
      transaction.resolve(committed)
      if (committed) return
      attempt.stage = stage
      throw error.cause
    }
  }

  #retryTransient<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { clock, context } = this.#runtime
    return retryTransient({ clock, logger: context.logger, what, maxAttempts: 7 }, work)
  }
}
