import type { ExecutionContext } from '../domain/execution-context.js'
import type { JobExecution } from '../domain/job-execution.js'
import type { JobInstance } from '../domain/job-instance.js'
import type { JobParameters } from '../domain/job-parameters.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Transaction, TransactionManager } from '../transaction/transaction.js'
import type { Lease, LeaseState, OwnerRequest, OwnerSession } from './lease.js'
import type { PartitionsRequest, StepSummariesRequest, StepSummary } from './partitions.js'
import type { LedgerRange, RangeFold, RangeRecord } from './range-ledger.js'

/** What a start asks of the repository. */
export interface JobExecutionRequest {
  readonly jobName: string
  /** Those that are `secret` are not stored, and do not come back. */
  readonly parameters: JobParameters
  /** The owner that starts it. */
  readonly ownerId: string
  /** False when the job refuses to be started again after a failed run. */
  readonly restartable: boolean
  /**
   * The step that an instance without earlier executions begins with: stored in the same transaction, which saves a
   * commit. It is the execution's only step execution then. Default: none is stored.
   */
  readonly firstStep?: string | undefined
  /**
   * The id of the latest instance that the starter has seen, 0 for none, when it is to start a new one: an instance with a
   * greater id that has executions was made by somebody else meanwhile, and is not restarted. Default: any may be.
   */
  readonly follows?: number | undefined
}

/** What a new step execution begins with. */
export interface StepExecutionRequest {
  readonly lease: Lease
  readonly stepName: string
  readonly executionContext: ExecutionContext
}

/** What the repository remembers of a step over all executions of an instance. */
export interface StepHistory {
  /** The latest execution of the step. */
  readonly last: StepExecution
  /** How many executions of the step have begun. */
  readonly count: number
}

/** What a checkpoint found. */
export interface CheckpointAnswer {
  /** Whether somebody asked for a stop of the job execution, as far as was known within the last tenth of a second. */
  readonly stopRequested: boolean
}

/** Which leases to list. */
export interface LeasePage {
  /** Only those of instances with a greater id. Default: from the first. */
  readonly after?: number
  /** How many to give at most: 1 to 1000. Default 100. */
  readonly limit?: number
}

/** Which instances of a job are too old to be kept, and which part of them to look at. */
export interface PruneRequest {
  readonly jobName: string
  /** Milliseconds, on the store's clock, that an instance's last execution must have ended ago. */
  readonly olderThan: number
  /** So many of the job's latest instances are kept, whatever their age. */
  readonly keepLast: number
  /** Whether instances that can be restarted, FAILED or STOPPED, are kept. */
  readonly keepFailed: boolean
  /** Only instances with a greater id: 0, or `last` of the answer before. */
  readonly after: number
  /** How many instances to delete at most: 1 to 1000. */
  readonly limit: number
}

/** What one batch of a prune has done. */
export interface PruneAnswer {
  /** How many instances were deleted. */
  readonly instances: number
  /** How many executions of them. */
  readonly executions: number
  /** The greatest id that was looked at; `undefined` when there is nothing behind it. */
  readonly last: number | undefined
}

/** Which part of a list to give. */
export interface Page {
  /** How many to leave out. Default 0. */
  readonly offset?: number
  /** How many to give at most: 1 to 1000. Default 100. */
  readonly limit?: number
}

/**
 * What is remembered. Every write of a running job carries its {@link Lease} and is refused with `OwnershipLostError`
 * when the store no longer names that owner and execution. Executions are copied in and out: a change to an object
 * changes nothing in the store. Times are the store's own.
 *
 * `chunkwise/testing` has the contract suite that every implementation passes.
 */
export interface JobRepository {
  /** The transactions that checkpoints join. */
  readonly transactionManager: TransactionManager

  // Ownership

  /** Registers an owner. */
  openOwner(request: OwnerRequest): Promise<OwnerSession>
  /** Who holds the instance, or `undefined` when nobody does. */
  findLease(jobInstanceId: number): Promise<LeaseState | undefined>
  /** Who holds which instances, in the order of their ids. */
  listLeases(page?: LeasePage): Promise<readonly LeaseState[]>
  /**
   * Takes the instance from an owner found dead: if the owner is still what `observed` says (expired, or not renewed
   * since), no further write of its execution passes, and those already under way have ended when this resolves; its
   * execution and step executions are FAILED, "owner lost", with the counts that its ledgers have (partitions that never
   * began are STOPPED), and the instance is free. Resolves with false, having changed nothing, when the owner has renewed or another takeover was first.
   */
  takeOver(observed: LeaseState, ownerId: string): Promise<boolean>

  // Writing, by the owner

  /**
   * Starts an execution in one transaction: finds or makes the instance, claims it, and stores execution, parameters
   * and contexts. The execution is STARTED; its context is that of the instance's last execution. Secret parameters are
   * left out.
   *
   * @throws JobExecutionAlreadyRunningError somebody holds the instance
   * @throws JobInstanceAlreadyCompleteError the instance has completed
   * @throws JobRestartError the last execution forbids a restart, or the job does, or the instance is newer than `follows`
   * @throws JobKeyCollisionError the instance of this key has other identifying parameters
   * @throws UnknownOwnerError the owner is not registered
   * @throws StartInDoubtError it may have been stored or not: {@link settleStart} finds out
   */
  createJobExecution(request: JobExecutionRequest): Promise<JobExecution>

  /**
   * Ends an execution whose start was in doubt and that nobody runs: FAILED and restartable, its instance free. Does
   * nothing when it was not stored. A repository that is never in doubt has no such method.
   */
  settleStart?(lease: Lease): Promise<void>
  /** Stores a new step execution, STARTED. */
  createStepExecution(request: StepExecutionRequest): Promise<StepExecution>
  /**
   * Stores the partitions of a running step in one transaction, all of them or none: a step execution each, STARTING,
   * without a start time, and counts and context of `stepExecution`, which say what was stored, guarded by version, status
   * and lease. Its stored version is then one more than `stepExecution.version`.
   */
  createPartitions(request: PartitionsRequest): Promise<void>
  /**
   * Stores counts and context of a running step inside `transaction`, guarded by version, status and lease in the same
   * statement. A guard that fails fails the transaction with `OwnershipLostError`. The statement may travel with the
   * COMMIT: the promise must not be awaited before the transaction's `commit` is called.
   *
   * After the commit the stored version is one more than `stepExecution.version`. A transaction of another resource is
   * refused with `ForeignTransactionError`, thrown at once and not through the promise.
   */
  saveCheckpoint(stepExecution: StepExecution, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer>
  /**
   * After a commit whose outcome is unknown: whether the checkpoint made for `stepExecution` (as it was before) is in
   * the store. Waits for a commit still under way.
   *
   * @throws OwnershipLostError the lease is gone
   */
  isCheckpointCommitted(stepExecution: StepExecution, lease: Lease): Promise<boolean>
  /**
   * Opens the ledger of a step that commits in any order, and stores the context of `stepExecution`. Counts that earlier
   * executions of the instance have left in the ledger are added to their own, once; ranges that touch become one.
   * Resolves with the ranges in their order; the stored version is then one more than `stepExecution.version`.
   *
   * `anew`: the step begins anew, so that ranges that are there belong to work that is over, such as an earlier pass of a
   * loop. They are removed, their counts added as ever.
   */
  openLedger(
    stepExecution: StepExecution,
    lease: Lease,
    options?: { readonly anew?: boolean },
  ): Promise<readonly LedgerRange[]>
  /** Whether the step of this name has ranges in its ledger: chunks behind a gap. */
  hasRanges(jobInstanceId: number, stepName: string): Promise<boolean>
  /**
   * Stores a chunk's range with its counts inside `transaction`, guarded by the lease in the same statement; the step's
   * own row is not touched, so that chunks commit side by side. Else as {@link saveCheckpoint}, except that the version
   * of the step execution does not count and does not change.
   */
  saveRange(record: RangeRecord, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer>
  /**
   * After a commit whose outcome is unknown: whether the range is in the store. Waits for a commit still under way.
   *
   * @throws OwnershipLostError the lease is gone
   */
  isRangeCommitted(record: RangeRecord, lease: Lease): Promise<boolean>
  /**
   * Moves the closed prefix of the ledger into the step's own row: removes its ranges and stores counts and context, in
   * one transaction, guarded by version, status and lease. It waits for no chunk and keeps none waiting. The stored
   * version is then one more than `fold.stepExecution.version`.
   *
   * @throws LedgerIncompleteError the ranges do not follow one another from `fold.from` on, or, if the fold is to
   *   complete the step, they do not reach the end of the input
   */
  foldRanges(fold: RangeFold, lease: Lease): Promise<void>
  /**
   * Stores all of a step execution: status, exit status, times, counts, context; and, if it is given, the job's context
   * in the same transaction. An end time that is there stays; STARTED sets a start time that is missing. Resolves with the
   * stored state.
   */
  updateStepExecution(
    stepExecution: StepExecution,
    lease: Lease,
    jobExecutionContext?: ExecutionContext,
  ): Promise<StepExecution>
  /**
   * Ends a job execution: stores status, exit status, context and end time, and frees the instance, in one transaction.
   * A stop asked meanwhile is no conflict. Step executions that still look alive become FAILED; partitions that never
   * began, STOPPED. Resolves with the stored state.
   */
  finishJobExecution(jobExecution: JobExecution, lease: Lease): Promise<JobExecution>

  // Writing, by anyone

  /**
   * Asks for a stop: STARTED becomes STOPPING, and asking again changes nothing. Resolves with false when the execution
   * is not running.
   */
  requestStop(jobExecutionId: number): Promise<boolean>
  /**
   * Ends an execution for ever: it becomes ABANDONED, and so do its step executions that look alive. Only one that is
   * STOPPED, FAILED or UNKNOWN, or that runs without a lease, as another program has left it. Resolves with false, having
   * changed nothing, when it is none of these or its version is another.
   */
  abandonJobExecution(jobExecutionId: number, version: number): Promise<boolean>
  /**
   * Deletes old instances of a job with all their executions, in one short transaction. Never one whose last execution
   * runs, is UNKNOWN, or is held by a lease. A start of an instance that is being deleted waits and makes a new one.
   */
  prune(request: PruneRequest): Promise<PruneAnswer>

  // Reading

  findJobInstance(jobName: string, parameters: JobParameters): Promise<JobInstance | undefined>
  getJobInstance(jobInstanceId: number): Promise<JobInstance | undefined>
  /** The latest first. */
  listJobInstances(jobName: string, page?: Page): Promise<readonly JobInstance[]>
  /** In alphabetical order; all of them without a page. */
  listJobNames(page?: Page): Promise<readonly string[]>
  /** With parameters, contexts and step executions. */
  getJobExecution(jobExecutionId: number): Promise<JobExecution | undefined>
  /** Of one instance, the latest first. */
  listJobExecutions(jobInstanceId: number, page?: Page): Promise<readonly JobExecution[]>
  /** Executions that are STARTING, STARTED or STOPPING, of one job or of all, the latest first; all without a page. */
  listRunningJobExecutions(jobName?: string, page?: Page): Promise<readonly JobExecution[]>
  getStepExecution(stepExecutionId: number): Promise<StepExecution | undefined>
  /** The executions of a step over all executions of an instance, the latest first. */
  listStepExecutions(jobInstanceId: number, stepName: string, page?: Page): Promise<readonly StepExecution[]>
  /** The last execution of a step over all executions of an instance, with their number. */
  findStepHistory(jobInstanceId: number, stepName: string): Promise<StepHistory | undefined>
  /**
   * What the executions of many steps come to, added up in the store; in no order. A step without an execution that counts
   * is left out.
   */
  summarizeSteps(request: StepSummariesRequest): Promise<readonly StepSummary[]>
}
