import type { ExecutionContext } from '../../domain/execution-context.js'
import { addCounts, NO_COUNTS, type StepCounts } from '../../domain/step-counts.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { Gap, ItemRange } from '../../item/ranged-item-reader.js'
import type { LedgerRange } from '../../repository/range-ledger.js'
import { retryTransient } from '../../sql/retry-transient.js'
import type { StepRuntime } from '../step.js'
import type { MakeCheckpoint } from './checkpoint.js'
import { type Place, writePlace } from './positions.js'
import { RangeOrder } from './range-order.js'
import { SealedExecutionContext } from './sealed-context.js'

/** So many ranges are folded at once: seldom enough to cost nothing, often enough that the ledger stays small. */
const FOLD_AFTER = 50

/**
 * The ledger of a running step: gives chunks their checkpoints, and moves what is done into the step's own row. The step
 * execution has all counts that have committed; its stored row has those that were folded.
 */
export class StepLedger {
  readonly #runtime: StepRuntime
  readonly #order: RangeOrder
  #context: ExecutionContext
  #place: Place
  /** The counts in the stored row. */
  #stored: StepCounts = NO_COUNTS
  #folding = false
  /** Chunks of which nobody knows whether they have committed. */
  readonly #unknown = new Set<number>()

  private constructor(runtime: StepRuntime, place: Place, kept: readonly LedgerRange[], context: ExecutionContext) {
    this.#runtime = runtime
    this.#place = place
    this.#context = context
    this.#order = new RangeOrder(place.reader ?? undefined, kept)
  }

  /** Opens the ledger: from now on a restart in read order is refused, and chunks cannot change the context. */
  static async open(runtime: StepRuntime, before: Place): Promise<StepLedger> {
    const { stepExecution, repository, lease } = runtime
    const place: Place = { ...before, writer: undefined, anyOrder: true }
    const context = stepExecution.executionContext
    writePlace(context, place)
    let tried = false
    const kept = await retryTransient({ ...retrying(runtime, 'opening the ledger'), maxAttempts: 7 }, async () => {
      // Opening it twice changes nothing more, except the version.
      if (tried && (await repository.isCheckpointCommitted(stepExecution, lease))) stepExecution.version++
      tried = true
      // A context that no ledger was opened for is a new one: what is in the ledger is of a pass that is over.
      return repository.openLedger(stepExecution, lease, { anew: !before.anyOrder })
    })
    stepExecution.version++
    const ledger = new StepLedger(runtime, place, kept, context)
    ledger.#seal()
    return ledger
  }

  /** What is to be read. */
  get gaps(): readonly Gap[] {
    return this.#order.gaps
  }

  /** How many ranges there are from the first one that has not committed on. */
  get ahead(): number {
    return this.#order.ahead
  }

  /** Takes a range that was read in, as that of the chunk `index`. */
  add(index: number, range: ItemRange<unknown>): void {
    this.#order.add(index, range)
  }

  readonly makeCheckpoint: MakeCheckpoint = (chunk, settled) => {
    const { stepExecution, repository, lease } = this.#runtime
    const counts = addCounts(NO_COUNTS, settled.counts)
    // Nothing but the end of a gap: no chunk that anybody counts.
    const record = {
      stepExecution,
      range: this.#order.rangeOf(chunk.index),
      counts: chunk.items.length === 0 ? { ...counts, commit: 0 } : counts,
    }
    return {
      save: (transaction) => repository.saveRange(record, lease, transaction),
      isCommitted: async () => {
        // If it never becomes known, this stays.
        this.#unknown.add(chunk.index)
        const committed = await repository.isRangeCommitted(record, lease)
        this.#unknown.delete(chunk.index)
        return committed
      },
      apply: () => {
        stepExecution.counts = addCounts(stepExecution.counts, record.counts)
        this.#order.close(chunk.index, record.counts)
      },
    }
  }

  /** Folds what is done, from time to time: one caller waits, the others go on. */
  async foldIfDue(): Promise<void> {
    if (this.#folding || this.#order.closed < FOLD_AFTER) return
    this.#folding = true
    try {
      await this.#fold('prefix')
    } finally {
      this.#folding = false
    }
  }

  /** Folds everything. Rejects with `LedgerIncompleteError` unless the store has the whole input. */
  async complete(): Promise<void> {
    await this.#fold('complete')
    this.#unseal()
  }

  /** Folds what can be folded after a failure or a stop. What cannot be stored now, the next execution counts. */
  async settle(): Promise<void> {
    const { stepExecution } = this.#runtime
    if (!(await this.#isSettled())) {
      stepExecution.counts = { ...this.#stored, rollback: stepExecution.counts.rollback }
    }
    this.#unseal()
  }

  async #isSettled(): Promise<boolean> {
    // Settling takes the counts out of the ledger: those of a chunk that may have committed are nowhere else.
    if (this.#unknown.size > 0) return false
    try {
      await this.#fold('settle')
      return true
    } catch (error) {
      const { stepExecution, context } = this.#runtime
      context.logger.warn({ error, step: stepExecution.stepName }, 'the ledger could not be folded: a restart does it')
      return false
    }
  }

  async #fold(kind: 'prefix' | 'settle' | 'complete'): Promise<void> {
    const { stepExecution, repository, lease } = this.#runtime
    const prefix = this.#order.prefix(kind === 'complete')
    const { rollback } = stepExecution.counts
    const folded = { ...addCounts(this.#stored, prefix?.counts ?? NO_COUNTS), rollback }
    const counts = kind === 'prefix' ? folded : stepExecution.counts
    const reached = prefix?.through.to ?? this.#place.reader
    const place: Place = { ...this.#place, reader: reached, count: this.#place.count + (prefix?.counts.read ?? 0) }
    const executionContext = this.#context.copy()
    writePlace(executionContext, place)
    const next: StepExecution = { ...stepExecution, counts, executionContext }
    await this.#once(next, () =>
      repository.foldRanges(
        {
          stepExecution: next,
          from: this.#place.reader,
          through: prefix?.through,
          settle: kind !== 'prefix',
          complete: kind === 'complete',
        },
        lease,
      ),
    )
    stepExecution.version = next.version + 1
    this.#place = place
    this.#context = executionContext
    this.#stored = counts
    if (prefix !== undefined) this.#order.drop(prefix)
    this.#seal()
  }

  /** Tries again what fails for a reason that passes, but nothing that was done after all. */
  #once(next: StepExecution, write: () => Promise<void>): Promise<void> {
    const { repository, lease } = this.#runtime
    let tried = false
    return retryTransient({ ...retrying(this.#runtime, 'folding the ledger'), maxAttempts: 7 }, async () => {
      if (tried && (await repository.isCheckpointCommitted(next, lease))) return
      tried = true
      await write()
    })
  }

  #seal(): void {
    const { stepExecution } = this.#runtime
    stepExecution.executionContext = new SealedExecutionContext(stepExecution.stepName, this.#context)
  }

  #unseal(): void {
    this.#runtime.stepExecution.executionContext = this.#context
  }
}

function retrying(
  { clock, context }: StepRuntime,
  what: string,
): Omit<Parameters<typeof retryTransient>[0], 'maxAttempts'> {
  return { clock, logger: context.logger, what }
}
