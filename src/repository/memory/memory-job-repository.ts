import { BatchStatus } from '../../domain/batch-status.js'
import { OptionCheck } from '../../domain/check-option.js'
import { ExecutionContext } from '../../domain/execution-context.js'
import { ExitStatus } from '../../domain/exit-status.js'
import type { JobExecution } from '../../domain/job-execution.js'
import type { JobInstance } from '../../domain/job-instance.js'
import { jobKey } from '../../domain/job-key.js'
import type { JobParameters } from '../../domain/job-parameters.js'
import { JobExecutionAlreadyRunningError } from '../../domain/launch-errors.js'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { withoutSecrets } from '../../domain/secret-parameters.js'
import { newStepExecution, type StepExecution } from '../../domain/step-execution.js'
import { type Clock, systemClock } from '../../support/clock.js'
import { MemoryTransactionManager } from '../../transaction/memory-transaction-manager.js'
import type { Transaction, TransactionManager } from '../../transaction/transaction.js'
import type {
  CheckpointAnswer,
  JobExecutionRequest,
  JobRepository,
  LeasePage,
  Page,
  PruneAnswer,
  PruneRequest,
  StepExecutionRequest,
  StepHistory,
} from '../job-repository.js'
import { withFailures } from '../kept-failures.js'
import { OWNER_LOST } from '../owner-lost.js'
import type { Lease, LeaseState, OwnerRequest, OwnerSession } from '../lease.js'
import { leftBehind, type PartitionsRequest, type StepSummariesRequest, type StepSummary } from '../partitions.js'
import type { LedgerRange, RangeFold, RangeRecord } from '../range-ledger.js'
import { checkRestart } from '../restart-rules.js'
import { MemoryExecutions } from './memory-executions.js'
import { MemoryLeases } from './memory-leases.js'
import { MemorySteps } from './memory-steps.js'
import { summarizeSteps } from './memory-summaries.js'
import { abandon, type MemoryStore, prune } from './memory-removal.js'

/** Options of {@link MemoryJobRepository}. */
export interface MemoryJobRepositoryOptions {
  /** By which leases expire and times are written. Default: the system's; tests give a manual one. */
  readonly clock?: Clock
}

/**
 * A job repository in this process's memory, for tests and for jobs that need no restart after a crash: it keeps every
 * rule that the databases keep, and forgets everything with the process. Its memory grows with the number of executions.
 */
export class MemoryJobRepository implements JobRepository {
  readonly transactionManager: TransactionManager = new MemoryTransactionManager()
  readonly #clock: Clock
  readonly #leases: MemoryLeases
  readonly #rows = new MemoryExecutions()
  readonly #steps: MemorySteps

  constructor(options: MemoryJobRepositoryOptions = {}) {
    const check = new OptionCheck('MemoryJobRepository')
    check.object(options, ['clock'])
    this.#clock = check.methods('clock', options.clock ?? systemClock, ['now', 'monotonic', 'after'], 'a Clock')
    this.#leases = new MemoryLeases(this.#clock)
    this.#steps = new MemorySteps(this.#rows, this.#leases, () => this.#now())
  }

  async openOwner(request: OwnerRequest): Promise<OwnerSession> {
    return this.#leases.openOwner(request, (id) => this.#rows.record(id)?.status === 'STOPPING')
  }

  async findLease(jobInstanceId: number): Promise<LeaseState | undefined> {
    return this.#leases.find(jobInstanceId)
  }

  async listLeases(page?: LeasePage): Promise<readonly LeaseState[]> {
    return this.#leases.list(page)
  }

  async takeOver(observed: LeaseState, _ownerId: string): Promise<boolean> {
    if (!this.#leases.isStill(observed)) return false
    const exitStatus = new ExitStatus('FAILED', OWNER_LOST)
    for (const { stepName } of this.#rows.stepsOf(observed.jobExecutionId)) {
      this.#steps.addLedgerCounts(observed.jobInstanceId, stepName)
    }
    this.#failSteps(observed.jobExecutionId, exitStatus)
    const record = this.#rows.record(observed.jobExecutionId)
    if (record !== undefined && BatchStatus.isRunning(record.status)) {
      this.#rows.put({ ...record, status: 'FAILED', exitStatus, version: record.version + 1, ...this.#ended() })
    }
    this.#leases.free(observed.jobInstanceId)
    return true
  }

  async createJobExecution(request: JobExecutionRequest): Promise<JobExecution> {
    const { jobName, ownerId } = request
    const parameters = withoutSecrets(request.parameters)
    this.#leases.assertOwner(ownerId)
    const key = jobKey(parameters)
    const found = this.#rows.findInstance(jobName, key)
    const instance = found ?? { id: this.#rows.nextId(), jobName, jobKey: key }
    const held = this.#leases.get(instance.id)
    if (held !== undefined) throw new JobExecutionAlreadyRunningError({ jobName, ...held })
    const last = this.#rows.lastRecord(instance.id)
    if (last !== undefined) checkRestart(request, instance, last)
    const id = this.#rows.nextId()
    const now = this.#now()
    if (found === undefined) this.#rows.putInstance(instance)
    this.#leases.take({ ownerId, jobInstanceId: instance.id, jobExecutionId: id })
    this.#rows.put({
      id,
      jobInstance: instance,
      parameters,
      version: 0,
      status: 'STARTED',
      exitStatus: ExitStatus.UNKNOWN,
      executionContext: last?.executionContext ?? new ExecutionContext(),
      createTime: now,
      startTime: now,
      endTime: undefined,
      lastUpdated: now,
    })
    if (request.firstStep !== undefined && last === undefined) {
      this.#putStep(instance.id, id, request.firstStep, new ExecutionContext())
    }
    return this.#rows.execution(id) as JobExecution
  }

  async createStepExecution({ lease, stepName, executionContext }: StepExecutionRequest): Promise<StepExecution> {
    this.#leases.assertHeld(lease)
    return this.#putStep(lease.jobInstanceId, lease.jobExecutionId, stepName, executionContext)
  }

  async createPartitions(request: PartitionsRequest): Promise<void> {
    this.#steps.createPartitions(request)
  }

  #putStep(
    jobInstanceId: number,
    jobExecutionId: number,
    stepName: string,
    executionContext: ExecutionContext,
  ): StepExecution {
    const id = this.#rows.nextId()
    const createTime = this.#now()
    this.#rows.putStep(newStepExecution({ id, jobExecutionId, jobInstanceId, stepName, executionContext, createTime }))
    return this.#rows.step(id) as StepExecution
  }

  /** Throws at once, not through the promise, which is looked at after the commit only. */
  saveCheckpoint(stepExecution: StepExecution, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    return this.#steps.saveCheckpoint(stepExecution, lease, transaction)
  }

  async isCheckpointCommitted(stepExecution: StepExecution, lease: Lease): Promise<boolean> {
    return this.#steps.isCheckpointCommitted(stepExecution, lease)
  }

  async openLedger(
    stepExecution: StepExecution,
    lease: Lease,
    options?: { readonly anew?: boolean },
  ): Promise<readonly LedgerRange[]> {
    return this.#steps.openLedger(stepExecution, lease, options?.anew === true)
  }

  async hasRanges(jobInstanceId: number, stepName: string): Promise<boolean> {
    return this.#steps.ledger.hasAny(jobInstanceId, stepName)
  }

  /** Throws at once, not through the promise, which is looked at after the commit only. */
  saveRange(record: RangeRecord, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    return this.#steps.saveRange(record, lease, transaction)
  }

  async isRangeCommitted(record: RangeRecord, lease: Lease): Promise<boolean> {
    return this.#steps.isRangeCommitted(record, lease)
  }

  async foldRanges(fold: RangeFold, lease: Lease): Promise<void> {
    this.#steps.foldRanges(fold, lease)
  }

  async updateStepExecution(
    stepExecution: StepExecution,
    lease: Lease,
    jobExecutionContext?: ExecutionContext,
  ): Promise<StepExecution> {
    const stored = this.#steps.update(stepExecution, lease)
    const record = this.#rows.record(lease.jobExecutionId)
    if (jobExecutionContext !== undefined && record !== undefined) {
      this.#rows.put({ ...record, executionContext: jobExecutionContext })
    }
    return stored
  }

  async finishJobExecution(jobExecution: JobExecution, lease: Lease): Promise<JobExecution> {
    this.#leases.assertHeld(lease)
    const stored = this.#rows.record(jobExecution.id)
    if (stored === undefined) throw new OwnershipLostError(lease, 'its job execution is gone')
    const { id, status, exitStatus, executionContext } = jobExecution
    const version = stored.version + 1
    this.#rows.put({ ...stored, status, exitStatus, executionContext, version, ...this.#ended() })
    this.#failSteps(id, new ExitStatus('FAILED', 'the job execution ended before it'))
    this.#leases.free(lease.jobInstanceId)
    return withFailures(this.#rows.execution(id) as JobExecution, jobExecution)
  }

  async requestStop(jobExecutionId: number): Promise<boolean> {
    const record = this.#rows.record(jobExecutionId)
    if (record === undefined || !BatchStatus.isRunning(record.status)) return false
    if (record.status === 'STOPPING') return true
    this.#rows.put({ ...record, status: 'STOPPING', version: record.version + 1, lastUpdated: this.#now() })
    return true
  }

  async abandonJobExecution(jobExecutionId: number, version: number): Promise<boolean> {
    return abandon(this.#store, jobExecutionId, version)
  }

  async prune(request: PruneRequest): Promise<PruneAnswer> {
    return prune(this.#store, request, (id) => this.#steps.ledger.forget(id))
  }

  async findJobInstance(jobName: string, parameters: JobParameters): Promise<JobInstance | undefined> {
    return this.#rows.findInstance(jobName, jobKey(parameters))
  }

  async getJobInstance(jobInstanceId: number): Promise<JobInstance | undefined> {
    return this.#rows.instance(jobInstanceId)
  }

  async listJobInstances(jobName: string, page?: Page): Promise<readonly JobInstance[]> {
    return this.#rows.instances(jobName, page)
  }

  async listJobNames(page?: Page): Promise<readonly string[]> {
    return this.#rows.jobNames(page)
  }

  async getJobExecution(jobExecutionId: number): Promise<JobExecution | undefined> {
    return this.#rows.execution(jobExecutionId)
  }

  async listJobExecutions(jobInstanceId: number, page?: Page): Promise<readonly JobExecution[]> {
    return this.#rows.executions(jobInstanceId, page)
  }

  async listRunningJobExecutions(jobName?: string, page?: Page): Promise<readonly JobExecution[]> {
    return this.#rows.running(jobName, page)
  }

  async getStepExecution(stepExecutionId: number): Promise<StepExecution | undefined> {
    return this.#rows.step(stepExecutionId)
  }

  async listStepExecutions(jobInstanceId: number, stepName: string, page?: Page): Promise<readonly StepExecution[]> {
    return this.#rows.stepExecutions(jobInstanceId, stepName, page)
  }

  async findStepHistory(jobInstanceId: number, stepName: string): Promise<StepHistory | undefined> {
    const history = this.#rows.history(jobInstanceId, stepName)
    const last = this.#rows.step(history.at(-1)?.id ?? -1)
    const count = history.filter(({ startTime }) => startTime !== undefined).length
    return last === undefined ? undefined : { last, count }
  }

  async summarizeSteps(request: StepSummariesRequest): Promise<readonly StepSummary[]> {
    return summarizeSteps(this.#rows, request)
  }

  #failSteps(jobExecutionId: number, exitStatus: ExitStatus): void {
    for (const step of this.#rows.stepsOf(jobExecutionId)) {
      if (!BatchStatus.isRunning(step.status)) continue
      this.#rows.putStep({ ...step, ...leftBehind(step, exitStatus), version: step.version + 1, ...this.#ended() })
    }
  }

  get #store(): MemoryStore {
    return { rows: this.#rows, leases: this.#leases, now: this.#now() }
  }

  #ended(): { readonly endTime: Date; readonly lastUpdated: Date } {
    return { endTime: this.#now(), lastUpdated: this.#now() }
  }

  #now(): Date {
    return new Date(this.#clock.now())
  }
}
