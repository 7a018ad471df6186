import { BatchStatus } from '../../domain/batch-status.js'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { addCounts } from '../../domain/step-counts.js'
import { newStepExecution, type StepExecution } from '../../domain/step-execution.js'
import { MemoryTransaction } from '../../transaction/memory-transaction-manager.js'
import type { Transaction } from '../../transaction/transaction.js'
import type { CheckpointAnswer } from '../job-repository.js'
import type { Lease } from '../lease.js'
import type { PartitionsRequest } from '../partitions.js'
import type { LedgerRange, RangeFold, RangeRecord } from '../range-ledger.js'
import { ForeignTransactionError } from '../repository-errors.js'
import type { MemoryExecutions } from './memory-executions.js'
import type { MemoryLeases } from './memory-leases.js'
import { MemoryLedger } from './memory-ledger.js'

/** Writes step executions and their ledgers in memory, for their owner. */
export class MemorySteps {
  readonly #rows: MemoryExecutions
  readonly #leases: MemoryLeases
  readonly #now: () => Date
  readonly ledger: MemoryLedger = new MemoryLedger()

  constructor(rows: MemoryExecutions, leases: MemoryLeases, now: () => Date) {
    this.#rows = rows
    this.#leases = leases
    this.#now = now
  }

  createPartitions({ lease, stepExecution, partitions }: PartitionsRequest): void {
    this.#assertStarted(stepExecution, lease)
    this.#storeProgress(stepExecution, lease)
    const { jobExecutionId, jobInstanceId } = lease
    for (const { stepName, executionContext } of partitions) {
      const id = this.#rows.nextId()
      const seed = { id, jobExecutionId, jobInstanceId, stepName, executionContext, createTime: this.#now() }
      this.#rows.putStep({ ...newStepExecution(seed), status: 'STARTING', startTime: undefined })
    }
  }

  saveCheckpoint(stepExecution: StepExecution, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    const step = { ...stepExecution, executionContext: stepExecution.executionContext.copy() }
    return this.#checkpoint(lease, transaction, {
      check: () => this.#assertStarted(step, lease),
      store: () => this.#storeProgress(step, lease),
    })
  }

  isCheckpointCommitted(stepExecution: StepExecution, lease: Lease): boolean {
    this.#leases.assertHeld(lease)
    const version = this.#rows.storedStep(stepExecution.id)?.version
    if (version === stepExecution.version + 1) return true
    this.#current(stepExecution, lease)
    return false
  }

  openLedger(stepExecution: StepExecution, lease: Lease, anew: boolean): readonly LedgerRange[] {
    this.#assertStarted(stepExecution, lease)
    this.#storeProgress(stepExecution, lease)
    const { stepName } = stepExecution
    this.addLedgerCounts(lease.jobInstanceId, stepName)
    if (anew) this.ledger.clear(lease.jobInstanceId, stepName)
    return this.ledger.join(lease.jobInstanceId, stepName)
  }

  /** Adds what dead executions have left in the ledger to their own counts. */
  addLedgerCounts(jobInstanceId: number, stepName: string): void {
    for (const [id, counts] of this.ledger.takeCounts(jobInstanceId, stepName)) {
      const step = this.#rows.step(id)
      if (step === undefined) continue
      const version = step.version + 1
      this.#rows.putStep({ ...step, version, counts: addCounts(step.counts, counts), lastUpdated: this.#now() })
    }
  }

  saveRange(record: RangeRecord, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    return this.#checkpoint(lease, transaction, {
      check: () => this.ledger.assertFree(record),
      store: () => this.ledger.put(record),
    })
  }

  isRangeCommitted(record: RangeRecord, lease: Lease): boolean {
    this.#leases.assertHeld(lease)
    return this.ledger.has(record)
  }

  foldRanges(fold: RangeFold, lease: Lease): void {
    this.#assertStarted(fold.stepExecution, lease)
    this.ledger.checkFold(fold)
    this.ledger.fold(fold)
    this.#storeProgress(fold.stepExecution, lease)
  }

  update(stepExecution: StepExecution, lease: Lease): StepExecution {
    const stored = this.#current(stepExecution, lease)
    const { status, exitStatus, counts, executionContext } = stepExecution
    const now = this.#now()
    const startTime = stored.startTime ?? (status === 'STARTED' ? now : undefined)
    const endTime = BatchStatus.isRunning(status) ? undefined : (stored.endTime ?? now)
    const version = stored.version + 1
    const times = { startTime, endTime, lastUpdated: now }
    this.#rows.putStep({ ...stored, status, exitStatus, counts, executionContext, version, ...times })
    return { ...(this.#rows.step(stored.id) as StepExecution), failures: stepExecution.failures }
  }

  /** Stores something at the commit, if the lease is as the writer believes and `check` does not throw. */
  #checkpoint(
    lease: Lease,
    transaction: Transaction,
    { check, store }: { readonly check: () => void; readonly store: () => void },
  ): Promise<CheckpointAnswer> {
    if (!(transaction instanceof MemoryTransaction)) throw new ForeignTransactionError()
    transaction.beforeCommit(() => {
      this.#leases.assertHeld(lease)
      check()
    })
    const answer = new Promise<CheckpointAnswer>((resolve, reject) => {
      transaction.onCommit(() => {
        store()
        resolve({ stopRequested: this.#rows.record(lease.jobExecutionId)?.status === 'STOPPING' })
      })
      transaction.onRollback(() => reject(new Error('the transaction of the checkpoint was rolled back')))
    })
    // Nobody waits for it when the commit fails.
    answer.catch(() => undefined)
    return answer
  }

  #assertStarted(step: StepExecution, lease: Lease): void {
    if (this.#current(step, lease).status === 'STARTED') return
    throw new OwnershipLostError(lease, `step execution ${step.id} has ended`)
  }

  #storeProgress(step: StepExecution, lease: Lease): void {
    const stored = this.#current(step, lease)
    const { counts, executionContext } = step
    this.#rows.putStep({ ...stored, counts, executionContext, version: stored.version + 1, lastUpdated: this.#now() })
  }

  /** The stored step, if lease and version are as the writer believes. */
  #current(step: StepExecution, lease: Lease): StepExecution {
    this.#leases.assertHeld(lease)
    const stored = this.#rows.storedStep(step.id)
    if (stored?.version === step.version) return stored
    throw new OwnershipLostError(lease, `step execution ${step.id} was changed by somebody else`)
  }
}
