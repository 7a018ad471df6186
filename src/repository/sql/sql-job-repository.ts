import { OptionCheck } from '../../domain/check-option.js'
import type { ExecutionContext } from '../../domain/execution-context.js'
import type { JobExecution } from '../../domain/job-execution.js'
import type { JobInstance } from '../../domain/job-instance.js'
import { PoolTooSmallError } from '../../domain/ownership-errors.js'
import type { JobParameters } from '../../domain/job-parameters.js'
import type { StepExecution } from '../../domain/step-execution.js'
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
import type { Lease, LeaseState, OwnerRequest, OwnerSession } from '../lease.js'
import type { PartitionsRequest, StepSummariesRequest, StepSummary } from '../partitions.js'
import type { LedgerRange, RangeFold, RangeRecord } from '../range-ledger.js'
import { JobFinisher } from './job-finisher.js'
import { JobRemover } from './job-remover.js'
import { JobStarter } from './job-starter.js'
import { listLeases } from './lease-queries.js'
import { LeaseTakeover } from './lease-takeover.js'
import { SqlOwnerSession } from './owner-session.js'
import { PartitionWriter } from './partition-writer.js'
import { RangeFolder } from './range-folder.js'
import { RangeWriter } from './range-writer.js'
import { SqlReader } from './sql-reader.js'
import type { SqlStore } from './sql-store.js'
import { summarizeSteps } from './step-summaries.js'
import { StepWriter } from './step-writer.js'

/** The job repository over any SQL store. */
export class SqlJobRepository implements JobRepository {
  readonly transactionManager: TransactionManager
  readonly #store: SqlStore
  readonly #starter: JobStarter
  readonly #steps: StepWriter
  readonly #partitions: PartitionWriter
  readonly #ranges: RangeWriter
  readonly #folder: RangeFolder
  readonly #finisher: JobFinisher
  readonly #remover: JobRemover
  readonly #leases: LeaseTakeover
  readonly #reader: SqlReader

  constructor(store: SqlStore, transactionManager: TransactionManager) {
    this.transactionManager = transactionManager
    this.#store = store
    this.#steps = new StepWriter(store)
    this.#starter = new JobStarter(store, this.#steps)
    this.#partitions = new PartitionWriter(store, this.#steps)
    this.#ranges = new RangeWriter(store, this.#steps)
    this.#folder = new RangeFolder(store, this.#steps)
    this.#finisher = new JobFinisher(store)
    this.#remover = new JobRemover(store)
    this.#leases = new LeaseTakeover(store)
    this.#reader = new SqlReader(store)
  }

  async openOwner(request: OwnerRequest): Promise<OwnerSession> {
    const check = new OptionCheck('openOwner')
    check.text('ownerId', request.ownerId, 1, 36)
    check.integer('leaseDuration', request.leaseDuration, 0)
    const { maxConnections } = this.#store.database
    // One for the session that shows the owner alive, and one for work.
    if (maxConnections !== undefined && maxConnections < 2) {
      throw new PoolTooSmallError('an operator', 2, maxConnections)
    }
    await this.#leases.forgetOwners()
    const session = new SqlOwnerSession(this.#store, request)
    try {
      await session.renew()
      return session
    } catch (error) {
      await session.close().catch(() => undefined)
      throw error
    }
  }

  findLease(jobInstanceId: number): Promise<LeaseState | undefined> {
    return this.#leases.find(jobInstanceId)
  }

  async listLeases(page?: LeasePage): Promise<readonly LeaseState[]> {
    return listLeases(this.#store, page)
  }

  takeOver(observed: LeaseState, ownerId: string): Promise<boolean> {
    return this.#leases.takeOver(observed, ownerId)
  }

  createJobExecution(request: JobExecutionRequest): Promise<JobExecution> {
    return this.#starter.start(request)
  }

  async settleStart(lease: Lease): Promise<void> {
    if ((await this.#starter.find(lease)) !== undefined) await this.#leases.end(lease, 'its start was never confirmed')
  }

  createStepExecution(request: StepExecutionRequest): Promise<StepExecution> {
    return this.#steps.create(request)
  }

  createPartitions(request: PartitionsRequest): Promise<void> {
    return this.#partitions.create(request)
  }

  saveCheckpoint(stepExecution: StepExecution, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    return this.#steps.saveCheckpoint(stepExecution, lease, transaction)
  }

  isCheckpointCommitted(stepExecution: StepExecution, lease: Lease): Promise<boolean> {
    return this.#steps.isCommitted(stepExecution, lease)
  }

  openLedger(
    stepExecution: StepExecution,
    lease: Lease,
    options?: { readonly anew?: boolean },
  ): Promise<readonly LedgerRange[]> {
    return this.#ranges.open(stepExecution, lease, options?.anew === true)
  }

  async hasRanges(jobInstanceId: number, stepName: string): Promise<boolean> {
    return isId(jobInstanceId) && this.#ranges.hasAny(jobInstanceId, stepName)
  }

  saveRange(record: RangeRecord, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    return this.#ranges.save(record, lease, transaction)
  }

  isRangeCommitted(record: RangeRecord, lease: Lease): Promise<boolean> {
    return this.#ranges.isCommitted(record, lease)
  }

  foldRanges(fold: RangeFold, lease: Lease): Promise<void> {
    return this.#folder.fold(fold, lease)
  }

  updateStepExecution(
    stepExecution: StepExecution,
    lease: Lease,
    jobExecutionContext?: ExecutionContext,
  ): Promise<StepExecution> {
    return this.#steps.update(stepExecution, lease, jobExecutionContext)
  }

  finishJobExecution(jobExecution: JobExecution, lease: Lease): Promise<JobExecution> {
    return this.#finisher.finish(jobExecution, lease)
  }

  async requestStop(jobExecutionId: number): Promise<boolean> {
    return isId(jobExecutionId) && this.#finisher.requestStop(jobExecutionId)
  }

  async abandonJobExecution(jobExecutionId: number, version: number): Promise<boolean> {
    return isId(jobExecutionId) && this.#remover.abandon(jobExecutionId, version)
  }

  prune(request: PruneRequest): Promise<PruneAnswer> {
    return this.#remover.prune(request)
  }

  findJobInstance(jobName: string, parameters: JobParameters): Promise<JobInstance | undefined> {
    return this.#reader.instance({ jobName, parameters })
  }

  async getJobInstance(jobInstanceId: number): Promise<JobInstance | undefined> {
    return isId(jobInstanceId) ? this.#reader.instance({ id: jobInstanceId }) : undefined
  }

  async listJobInstances(jobName: string, page?: Page): Promise<readonly JobInstance[]> {
    return this.#reader.instances(jobName, page)
  }

  listJobNames(page?: Page): Promise<readonly string[]> {
    return this.#reader.jobNames(page)
  }

  async getJobExecution(jobExecutionId: number): Promise<JobExecution | undefined> {
    return isId(jobExecutionId) ? this.#reader.execution(jobExecutionId) : undefined
  }

  async listJobExecutions(jobInstanceId: number, page?: Page): Promise<readonly JobExecution[]> {
    return isId(jobInstanceId) ? this.#reader.executions(jobInstanceId, page) : []
  }

  listRunningJobExecutions(jobName?: string, page?: Page): Promise<readonly JobExecution[]> {
    return this.#reader.running(jobName, page)
  }

  async getStepExecution(stepExecutionId: number): Promise<StepExecution | undefined> {
    return isId(stepExecutionId) ? this.#reader.step(stepExecutionId) : undefined
  }

  async listStepExecutions(jobInstanceId: number, stepName: string, page?: Page): Promise<readonly StepExecution[]> {
    return isId(jobInstanceId) ? this.#reader.stepExecutions(jobInstanceId, stepName, page) : []
  }

  async findStepHistory(jobInstanceId: number, stepName: string): Promise<StepHistory | undefined> {
    return isId(jobInstanceId) ? this.#reader.stepHistory(jobInstanceId, stepName) : undefined
  }

  async summarizeSteps(request: StepSummariesRequest): Promise<readonly StepSummary[]> {
    return isId(request.jobInstanceId) ? summarizeSteps(this.#store, request) : []
  }
}

/** What is no id finds nothing; the database would refuse it with an error of its own. */
function isId(id: number): boolean {
  return Number.isSafeInteger(id)
}
