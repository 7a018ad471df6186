import { addCounts } from '../../domain/step-counts.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { tellFailure } from '../../listener/report-failure.js'
import type { CheckpointAnswer } from '../../repository/job-repository.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import { isTransientSql, type Stage } from '../attempt.js'
import { CheckpointCommitter } from '../checkpoint-committer.js'
import type { StepRuntime } from '../step.js'
import type { MakeCheckpoint } from './checkpoint.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import type { ChunkWriter } from './chunk-writer.js'
import type { SkipReport } from './skip-report.js'
import { type GoBack, takeAll, type WayBack } from './way-back.js'
import { type Search, WriteAttempt } from './write-attempt.js'

/** What a {@link ChunkCommitter} commits with. */
export interface ChunkCommitterOptions {
  readonly writer: ChunkWriter
  readonly transaction: TransactionManager
  readonly makeCheckpoint: MakeCheckpoint
  readonly listeners: readonly ItemListener[]
  readonly faults: FaultTolerance
  readonly skipReport: SkipReport
  /** How what is written outside the transaction is undone with it. */
  readonly waysBack: readonly WayBack[]
}

/** An attempt that was rolled back, or could not begin. */
interface FailedAttempt {
  readonly error: unknown
  readonly stage: Stage | 'begin'
  readonly transient: boolean
}

/** Writes a chunk and commits it together with its checkpoint: one transaction, tried as often as the step allows. */
export class ChunkCommitter {
  readonly #runtime: StepRuntime
  readonly #options: ChunkCommitterOptions
  readonly #checkpoints: CheckpointCommitter
  readonly #onWriteError: Notify<[items: readonly unknown[], error: unknown]>

  constructor(runtime: StepRuntime, options: ChunkCommitterOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#checkpoints = new CheckpointCommitter(runtime, options.transaction.resource)
    this.#onWriteError = notifier(options.listeners, 'onWriteError')
  }

  /** Commits the chunk; rejects when it was rolled back. The step execution then has its new counts and context. */
  async commit(chunk: Chunk, processed: ProcessedChunk): Promise<void> {
    const { faults } = this.#options
    let search: Search
    let attempts = faults.attempts('write')
    for (;;) {
      const failed = await this.#attempt(chunk, processed, search)
      if (failed === undefined) return
      const { error, stage, transient } = failed
      if (stage === 'committed' || faults.isFinal(error)) throw error
      if (await attempts.another(error, transient)) continue
      search = processed.outputs.length === 0 ? undefined : this.#searchAfter(failed, search)
      if (search === undefined) throw error
      attempts = faults.attempts('write')
    }
  }

  /** How the next attempt searches for bad items, if it does. */
  #searchAfter({ error, stage, transient }: FailedAttempt, search: Search): Search {
    if (search === 'constraints' || transient || stage === 'begin' || stage === 'report') return undefined
    if (!this.#options.faults.isSkippable(error)) return undefined
    if (search === undefined) return 'writes'
    // Everything that the writer refuses was left out, and COMMIT failed all the same.
    return stage === 'commit' ? 'constraints' : undefined
  }

  /** One transaction. Resolves with its failure when it was rolled back, after the listeners were told. */
  async #attempt(chunk: Chunk, processed: ProcessedChunk, search: Search): Promise<FailedAttempt | undefined> {
    this.#assertOwned()
    const goBack = takeAll(this.#options.waysBack)
    let attempt: WriteAttempt
    try {
      attempt = await this.#begin(search)
    } catch (error) {
      return { error, stage: 'begin', transient: isTransientSql(error) }
    }
    let answer: CheckpointAnswer
    try {
      answer = await this.#settle(chunk, processed, attempt)
    } catch (error) {
      return this.#failed(attempt, processed, error, goBack)
    }
    if (answer.stopRequested) this.#runtime.requestStop()
    return undefined
  }

  async #begin(search: Search): Promise<WriteAttempt> {
    const transaction = await this.#checkpoints.begin(this.#options.transaction)
    const executionContext = this.#runtime.stepExecution.executionContext.copy()
    return new WriteAttempt(transaction, search, executionContext, this.#options.faults, () => this.#assertOwned())
  }

  async #settle(chunk: Chunk, processed: ProcessedChunk, attempt: WriteAttempt): Promise<CheckpointAnswer> {
    const { writer, skipReport, makeCheckpoint } = this.#options
    const settled = await writer.write(chunk, processed, attempt)
    const { executionContext, transaction } = attempt
    if (settled.skips.length > 0) {
      // An error of the chunk's own writes comes out here at the latest: it must not pass for one of the report.
      await transaction.begin()
      attempt.stage = 'report'
      await skipReport.tell(settled.skips, transaction, executionContext)
    }
    this.#assertOwned()
    attempt.stage = 'commit'
    return this.#checkpoints.commit(attempt, () => makeCheckpoint(chunk, settled, executionContext))
  }

  async #failed(
    attempt: WriteAttempt,
    { outputs }: ProcessedChunk,
    thrown: unknown,
    goBack: GoBack | undefined,
  ): Promise<FailedAttempt> {
    const { stepExecution } = this.#runtime
    const { stage } = attempt
    const transient = attempt.isTransient(thrown)
    // Does nothing to one that has committed, as rows in another database have before their checkpoint.
    await attempt.transaction.rollback()
    attempt.giveBack()
    let error = thrown
    if (stage !== 'committed') {
      stepExecution.counts = addCounts(stepExecution.counts, { rollback: 1 })
      error = (await goBack?.(thrown)) ?? thrown
    }
    const tell = this.#onWriteError
    await tellFailure(error, tell && (() => tell(outputs, error)))
    return { error, stage, transient }
  }

  /** The database fences a lost owner; this keeps it from what no database guards, such as a file. */
  #assertOwned(): void {
    const lost = this.#runtime.ownershipLost()
    if (lost !== undefined) throw lost
  }
}
