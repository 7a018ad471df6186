import type { JobExecution } from '../../domain/job-execution.js'
import { sql } from '../../sql/sql-text.js'
import { withFailures } from '../kept-failures.js'
import type { Lease } from '../lease.js'
import { contextColumns, fitText } from './column-text.js'
import { type ExecutionAnswers, queueExecutions, readExecutions } from './execution-queries.js'
import { leaseLost, RUNNING, selectLease } from './lease-conditions.js'
import type { SqlStore } from './sql-store.js'
import { NO_OWNER, readLocked, type SqlWork, transact, untilKnown } from './sql-work.js'
import { queueNeverBegan } from './partition-writer.js'
import { setContext } from './step-columns.js'

/** Ends job executions, and takes requests to stop them. */
export class JobFinisher {
  readonly #store: SqlStore

  constructor(store: SqlStore) {
    this.#store = store
  }

  async finish(execution: JobExecution, lease: Lease): Promise<JobExecution> {
    const write = async (): Promise<JobExecution> => {
      const answers = await transact(this.#store, lease.ownerId, (work) => this.#finish(work, execution, lease))
      return readExecutions(answers)[0] as JobExecution
    }
    return withFailures(await untilKnown(write, () => this.#find(execution, lease)), execution)
  }

  async requestStop(jobExecutionId: number): Promise<boolean> {
    const { tables, dialect } = this.#store
    const status = await transact(this.#store, NO_OWNER, (work) => {
      work.queue(sql`UPDATE ${tables.jobExecution}
        SET STATUS = 'STOPPING', VERSION = COALESCE(VERSION, 0) + 1, LAST_UPDATED = ${dialect.now}
        WHERE JOB_EXECUTION_ID = ${jobExecutionId} AND STATUS IN ('STARTING', 'STARTED')`)
      return work.queue(sql`SELECT STATUS FROM ${tables.jobExecution} WHERE JOB_EXECUTION_ID = ${jobExecutionId}`)
    })
    return status.rows[0]?.[0] === 'STOPPING'
  }

  /** The version is not looked at: a stop may have raised it, and under the lease nobody else writes the row. */
  #finish(work: SqlWork, execution: JobExecution, lease: Lease): ExecutionAnswers {
    const { tables, dialect } = this.#store
    const { id, exitStatus } = execution
    work.require(sql`${selectLease(this.#store, lease)} ${dialect.forUpdate}`, leaseLost(lease))
    work.queue(sql`UPDATE ${tables.jobExecution} SET VERSION = COALESCE(VERSION, 0) + 1, STATUS = ${execution.status},
        EXIT_CODE = ${fitText(exitStatus.exitCode)}, EXIT_MESSAGE = ${fitText(exitStatus.exitDescription)},
        END_TIME = ${dialect.now}, LAST_UPDATED = ${dialect.now}
      WHERE JOB_EXECUTION_ID = ${id}`)
    work.queue(sql`UPDATE ${tables.jobContext} SET ${setContext(contextColumns(execution.executionContext))}
      WHERE JOB_EXECUTION_ID = ${id}`)
    queueNeverBegan(this.#store, work, sql`JOB_EXECUTION_ID = ${id}`)
    // A step whose end could not be stored must not look alive when nobody runs it.
    work.queue(sql`UPDATE ${tables.stepExecution} SET VERSION = VERSION + 1, STATUS = 'FAILED', EXIT_CODE = 'FAILED',
        EXIT_MESSAGE = 'the job execution ended before it', END_TIME = ${dialect.now}, LAST_UPDATED = ${dialect.now}
      WHERE JOB_EXECUTION_ID = ${id} AND STATUS IN ${RUNNING}`)
    work.queue(sql`DELETE FROM ${tables.lease} WHERE JOB_INSTANCE_ID = ${lease.jobInstanceId}`)
    return queueExecutions(this.#store, work, [id])
  }

  /** After a commit whose outcome is unknown: the execution if it has ended as `execution` says. */
  async #find(execution: JobExecution, { ownerId }: Lease): Promise<JobExecution | undefined> {
    const { tables, dialect } = this.#store
    const answers = await readLocked(this.#store, ownerId, (work) => {
      work.queue(
        sql`SELECT 1 FROM ${tables.jobExecution} WHERE JOB_EXECUTION_ID = ${execution.id} ${dialect.forUpdate}`,
      )
      return queueExecutions(this.#store, work, [execution.id])
    })
    const [stored] = readExecutions(answers)
    const isDone =
      stored?.endTime !== undefined &&
      stored.status === execution.status &&
      stored.exitStatus.exitDescription === fitText(execution.exitStatus.exitDescription)
    return isDone ? stored : undefined
  }
}
