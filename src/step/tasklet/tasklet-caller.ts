import type { ExecutionContext } from '../../domain/execution-context.js'
import { addCounts } from '../../domain/step-counts.js'
import { withCurrentTransaction } from '../../transaction/current-transaction.js'
import type { ManagedTransaction, TransactionManager } from '../../transaction/transaction.js'
import { Attempt, isTransientSql, type Staged } from '../attempt.js'
import { type Checkpoint, stepCheckpoint } from '../checkpoint.js'
import { CheckpointCommitter } from '../checkpoint-committer.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import type { StepRuntime } from '../step.js'
import { InsideCallContext, OutsideCallContext } from './call-contexts.js'
import type { AnyTasklet } from './tasklet-options.js'
import { callKey, writeCall } from './tasklet-place.js'
import { readResult, TaskletResultError, type Verdict } from './tasklet-result.js'

/** What a {@link TaskletCaller} calls with. */
export interface TaskletCallerOptions {
  readonly tasklet: AnyTasklet
  readonly transaction: TransactionManager
  readonly faults: FaultTolerance
}

/** An attempt at a call that has not come to its end. */
interface FailedCall {
  readonly error: unknown
  /** Whether it may be made again: nothing of it is committed. */
  readonly undone: boolean
  readonly transient: boolean
}

type Outcome = { readonly verdict: Verdict } | FailedCall

/** Calls a tasklet and commits each call together with its checkpoint, tried as often as the step allows. */
export class TaskletCaller {
  readonly #runtime: StepRuntime
  readonly #options: TaskletCallerOptions
  readonly #checkpoints: CheckpointCommitter

  constructor(runtime: StepRuntime, options: TaskletCallerOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#checkpoints = new CheckpointCommitter(runtime, options.transaction.resource)
  }

  /** One call. Rejects when it was rolled back; the step execution has its counts and context otherwise. */
  async call(): Promise<Verdict> {
    const { faults, tasklet } = this.#options
    const attempts = faults.attempts('call')
    for (;;) {
      this.#assertOwned()
      const outcome = await (tasklet.outside ? this.#outside() : this.#inside())
      if ('verdict' in outcome) return outcome.verdict
      const { error, undone, transient } = outcome
      if (!undone || error instanceof TaskletResultError || faults.isFinal(error)) throw error
      if (!(await attempts.another(error, transient))) throw error
    }
  }

  /** One transaction, in which the call is made. */
  async #inside(): Promise<Outcome> {
    let attempt: Attempt
    try {
      attempt = new Attempt(await this.#checkpoints.begin(this.#options.transaction))
    } catch (error) {
      return { error, undone: true, transient: isTransientSql(error) }
    }
    try {
      return { verdict: await this.#settle(attempt) }
    } catch (error) {
      const failed = { error, undone: attempt.stage !== 'committed', transient: attempt.isTransient(error) }
      // Does nothing to one that has committed, as rows in another database have before their checkpoint.
      await attempt.transaction.rollback()
      const { stepExecution } = this.#runtime
      if (failed.undone) stepExecution.counts = addCounts(stepExecution.counts, { rollback: 1 })
      return failed
    }
  }

  async #settle(attempt: Attempt): Promise<Verdict> {
    const executionContext = this.#runtime.stepExecution.executionContext.copy()
    const verdict = await this.#execute(executionContext, attempt.transaction)
    this.#assertOwned()
    attempt.stage = 'commit'
    const answer = await this.#checkpoints.commit(attempt, () => this.#checkpoint(verdict, executionContext))
    if (answer.stopRequested) this.#runtime.requestStop()
    return verdict
  }

  async #execute(executionContext: ExecutionContext, transaction: ManagedTransaction): Promise<Verdict> {
    const { context, deadline, stepExecution } = this.#runtime
    const { tasklet } = this.#options
    const { resource } = this.#options.transaction
    // One that may be slow finds a transaction that begins in the database with its first statement.
    if (tasklet.transactional) await transaction.begin()
    const call = new InsideCallContext(context, this.#key, executionContext, transaction)
    const result = await withCurrentTransaction(resource, transaction, () =>
      deadline.race(tasklet.execute(call as never)),
    )
    return readResult(stepExecution.stepName, result)
  }

  /** The call without a transaction, and a short one behind it. */
  async #outside(): Promise<Outcome> {
    const { context, deadline, stepExecution } = this.#runtime
    const executionContext = stepExecution.executionContext.copy()
    const attempt: Staged = { stage: 'write' }
    try {
      const call = new OutsideCallContext(context, this.#key, executionContext)
      const result = await deadline.race(this.#options.tasklet.execute(call as never))
      const verdict = readResult(stepExecution.stepName, result)
      this.#assertOwned()
      const checkpoint = (): Checkpoint => this.#checkpoint(verdict, executionContext)
      const answer = await this.#checkpoints.commitApart(attempt, checkpoint)
      if (answer.stopRequested) this.#runtime.requestStop()
      return { verdict }
    } catch (error) {
      return { error, undone: attempt.stage !== 'committed', transient: false }
    }
  }

  #checkpoint(verdict: Verdict, executionContext: ExecutionContext): Checkpoint {
    const { stepExecution } = this.#runtime
    // Made again for each attempt to store it: what the call has put stays, and is counted once.
    const stored = executionContext.copy()
    writeCall(stored, verdict)
    return stepCheckpoint(this.#runtime, addCounts(stepExecution.counts, { commit: 1 }), stored)
  }

  get #key(): string {
    const { stepExecution, lease } = this.#runtime
    return callKey(lease.jobInstanceId, stepExecution.stepName, stepExecution.executionContext)
  }

  /** The database fences a lost owner; this keeps it from what no database guards, such as a file. */
  #assertOwned(): void {
    const lost = this.#runtime.ownershipLost()
    if (lost !== undefined) throw lost
  }
}
