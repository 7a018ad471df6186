import type { ExecutionContext } from '../../domain/execution-context.js'
import { OwnershipLostError } from '../../domain/ownership-errors.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { sql } from '../../sql/sql-text.js'
import type { Transaction } from '../../transaction/transaction.js'
import { BatchStatus } from '../../domain/batch-status.js'
import type { CheckpointAnswer, StepExecutionRequest } from '../job-repository.js'
import type { Lease } from '../lease.js'
import { contextColumns, fitText } from './column-text.js'
import { holdLease, leaseLost } from './lease-conditions.js'
import { checkpointLost, queueCheckpoint } from './queued-checkpoint.js'
import { prepareNumbers } from './row-numbers.js'
import type { SqlStore } from './sql-store.js'
import { type Answer, readLocked, type SqlWork, transact, untilKnown } from './sql-work.js'
import { readStep, selectSteps, setContext, setCounts, stepRow } from './step-columns.js'

/** Writes the rows of step executions, for their owner. */
export class StepWriter {
  readonly #store: SqlStore

  constructor(store: SqlStore) {
    this.#store = store
  }

  async create({ lease, stepName, executionContext }: StepExecutionRequest): Promise<StepExecution> {
    const numbers = await prepareNumbers(this.#store, this.#store.tables.stepExecutionIds, 1)
    const answer = await transact(this.#store, lease.ownerId, async (work) => {
      work.require(holdLease(this.#store, lease), leaseLost(lease))
      const next = numbers.take(work)
      await work.flush()
      const [id = 0] = next()
      this.queueInsert(work, id, { lease, stepName, executionContext })
      return this.#queueStep(work, id)
    })
    return readStep(answer.rows[0] ?? [])
  }

  /** Queues a new step execution, in a transaction that has the lease. */
  queueInsert(work: SqlWork, id: number, { lease, stepName, executionContext }: StepExecutionRequest): void {
    const { tables, dialect } = this.#store
    const { short, serialized } = contextColumns(executionContext)
    work.queue(sql`INSERT INTO ${tables.stepExecution} (STEP_EXECUTION_ID, VERSION, STEP_NAME, JOB_EXECUTION_ID,
        CREATE_TIME, START_TIME, STATUS, COMMIT_COUNT, READ_COUNT, FILTER_COUNT, WRITE_COUNT, READ_SKIP_COUNT,
        WRITE_SKIP_COUNT, PROCESS_SKIP_COUNT, ROLLBACK_COUNT, EXIT_CODE, EXIT_MESSAGE, LAST_UPDATED)
      VALUES (${id}, 0, ${stepName}, ${lease.jobExecutionId}, ${dialect.now}, ${dialect.now}, 'STARTED',
        0, 0, 0, 0, 0, 0, 0, 0, 'EXECUTING', '', ${dialect.now})`)
    work.queue(sql`INSERT INTO ${tables.stepContext} (STEP_EXECUTION_ID, SHORT_CONTEXT, SERIALIZED_CONTEXT)
      VALUES (${id}, ${short}, ${serialized})`)
  }

  /** Throws at once, not through the promise, which is looked at after the commit only. */
  saveCheckpoint(step: StepExecution, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    const checkpoint = { stepExecutionId: step.id, version: step.version, row: stepRow(step), lease }
    return queueCheckpoint(this.#store, transaction, this.#store.checkpoint(checkpoint), () => checkpointLost(lease))
  }

  /** Queues counts and context of a running step, guarded by version and status, in a transaction that has the lease. */
  queueCheckpoint(work: SqlWork, step: StepExecution, lost: () => Error): void {
    const { tables, dialect } = this.#store
    const { counts, context } = stepRow(step)
    work.require(
      sql`UPDATE ${tables.stepExecution} SET VERSION = VERSION + 1, LAST_UPDATED = ${dialect.now}, ${setCounts(counts)}
        WHERE STEP_EXECUTION_ID = ${step.id} AND VERSION = ${step.version} AND STATUS = 'STARTED'`,
      lost,
    )
    work.queue(sql`UPDATE ${tables.stepContext} SET ${setContext(context)} WHERE STEP_EXECUTION_ID = ${step.id}`)
  }

  async isCommitted(step: StepExecution, lease: Lease): Promise<boolean> {
    const stored = await this.#lock(step, lease)
    const version = stored?.version
    if (version !== step.version && version !== step.version + 1) {
      throw new OwnershipLostError(lease, `step execution ${step.id} was changed by somebody else`)
    }
    return version === step.version + 1
  }

  async update(step: StepExecution, lease: Lease, jobContext?: ExecutionContext): Promise<StepExecution> {
    const exitCode = fitText(step.exitStatus.exitCode)
    const write = async (): Promise<StepExecution> => {
      const answer = await transact(this.#store, lease.ownerId, (work) => {
        const stored = this.#update(work, step, lease)
        if (jobContext !== undefined) {
          work.queue(sql`UPDATE ${this.#store.tables.jobContext} SET ${setContext(contextColumns(jobContext))}
            WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId}`)
        }
        return stored
      })
      return readStep(answer.rows[0] ?? [])
    }
    const read = async (): Promise<StepExecution | undefined> => {
      const stored = await this.#lock(step, lease)
      const isDone = stored?.version === step.version + 1 && stored.exitStatus.exitCode === exitCode
      return isDone ? stored : undefined
    }
    return { ...(await untilKnown(write, read)), failures: step.failures }
  }

  #update(work: SqlWork, step: StepExecution, lease: Lease): Answer {
    const { tables, dialect } = this.#store
    const startTime = step.status === 'STARTED' ? sql`COALESCE(START_TIME, ${dialect.now})` : sql`START_TIME`
    const endTime = BatchStatus.isRunning(step.status) ? sql`NULL` : sql`COALESCE(END_TIME, ${dialect.now})`
    work.require(holdLease(this.#store, lease), leaseLost(lease))
    work.require(
      sql`UPDATE ${tables.stepExecution} SET VERSION = VERSION + 1, STATUS = ${step.status},
          EXIT_CODE = ${fitText(step.exitStatus.exitCode)}, EXIT_MESSAGE = ${fitText(step.exitStatus.exitDescription)},
          START_TIME = ${startTime}, END_TIME = ${endTime}, LAST_UPDATED = ${dialect.now}, ${setCounts(step.counts)}
        WHERE STEP_EXECUTION_ID = ${step.id} AND VERSION = ${step.version}`,
      () => new OwnershipLostError(lease, `step execution ${step.id} was changed by somebody else`),
    )
    work.queue(sql`UPDATE ${tables.stepContext} SET ${setContext(contextColumns(step.executionContext))}
      WHERE STEP_EXECUTION_ID = ${step.id}`)
    return this.#queueStep(work, step.id)
  }

  /** The step as it is stored, once no commit that changes it is under way. */
  async #lock(step: StepExecution, lease: Lease): Promise<StepExecution | undefined> {
    const { tables, dialect } = this.#store
    const answer = await readLocked(this.#store, lease.ownerId, (work) => {
      work.require(holdLease(this.#store, lease), leaseLost(lease))
      work.queue(sql`SELECT 1 FROM ${tables.stepExecution} WHERE STEP_EXECUTION_ID = ${step.id} ${dialect.forUpdate}`)
      return this.#queueStep(work, step.id)
    })
    const [row] = answer.rows
    return row === undefined ? undefined : readStep(row)
  }

  #queueStep(work: SqlWork, id: number): Answer {
    const { tables, dialect } = this.#store
    return work.queue(selectSteps(tables, dialect, sql`WHERE S.STEP_EXECUTION_ID = ${id}`))
  }
}
