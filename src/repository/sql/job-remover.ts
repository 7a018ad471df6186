import { sql, type SqlText, sqlValues } from '../../sql/sql-text.js'
import type { PruneAnswer, PruneRequest } from '../job-repository.js'
import { RUNNING } from './lease-conditions.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { NO_OWNER, type SqlWork, transact } from './sql-work.js'

/** Ends executions for ever, and deletes old instances. */
export class JobRemover {
  readonly #store: SqlStore

  constructor(store: SqlStore) {
    this.#store = store
  }

  async abandon(id: number, version: number): Promise<boolean> {
    const { tables, dialect } = this.#store
    const set = sql`STATUS = 'ABANDONED', END_TIME = COALESCE(END_TIME, ${dialect.now}), LAST_UPDATED = ${dialect.now}`
    const abandoned = sql`SELECT 1 FROM ${tables.jobExecution}
      WHERE JOB_EXECUTION_ID = ${id} AND STATUS = 'ABANDONED' AND VERSION = ${version + 1}`
    const answer = await transact(this.#store, NO_OWNER, (work) => {
      // A lease is made together with its execution: one that has none now gets none later.
      const updated = work.queue(sql`UPDATE ${tables.jobExecution} SET VERSION = ${version + 1}, ${set}
        WHERE JOB_EXECUTION_ID = ${id} AND COALESCE(VERSION, 0) = ${version}
          AND STATUS IN ('STOPPED', 'FAILED', 'UNKNOWN', 'STARTING', 'STARTED', 'STOPPING')
          AND NOT EXISTS (SELECT 1 FROM ${tables.lease} L WHERE L.JOB_EXECUTION_ID = ${id})`)
      work.queue(sql`UPDATE ${tables.stepExecution} SET VERSION = VERSION + 1, ${set}
        WHERE JOB_EXECUTION_ID = ${id} AND STATUS IN ${RUNNING} AND EXISTS (${abandoned})`)
      return updated
    })
    return answer.rowCount === 1
  }

  prune(request: PruneRequest): Promise<PruneAnswer> {
    return transact(this.#store, NO_OWNER, async (work) => {
      const old = await this.#find(work, request)
      const last = old.length < request.limit ? undefined : old.at(-1)
      const ids = await this.#lock(work, old, request)
      const executions = ids.length === 0 ? 0 : await this.#delete(work, ids)
      return { instances: ids.length, executions, last }
    })
  }

  async #find(work: SqlWork, request: PruneRequest): Promise<readonly number[]> {
    const { jobName, keepLast, after, limit } = request
    const { tables } = this.#store
    let before = sql``
    if (keepLast > 0) {
      const [row] = await work.rows(sql`SELECT JOB_INSTANCE_ID FROM ${tables.jobInstance}
        WHERE JOB_NAME = ${jobName} ORDER BY JOB_INSTANCE_ID DESC LIMIT 1 OFFSET ${keepLast - 1}`)
      if (row === undefined) return []
      before = sql`AND I.JOB_INSTANCE_ID < ${new RowReader(row).integer('JOB_INSTANCE_ID')}`
    }
    return idsOf(
      await work.rows(sql`SELECT I.JOB_INSTANCE_ID FROM ${tables.jobInstance} I
        WHERE I.JOB_NAME = ${jobName} AND I.JOB_INSTANCE_ID > ${after} ${before} AND ${this.#isOld(request)}
        ORDER BY I.JOB_INSTANCE_ID LIMIT ${limit}`),
    )
  }

  /** Locks the instances and looks at them again: a start may have come between. What others have locked is left out. */
  async #lock(work: SqlWork, found: readonly number[], request: PruneRequest): Promise<readonly number[]> {
    if (found.length === 0) return []
    const { tables, dialect } = this.#store
    const locked = idsOf(
      await work.rows(sql`SELECT JOB_INSTANCE_ID FROM ${tables.jobInstance}
        WHERE JOB_INSTANCE_ID IN (${sqlValues(found)}) ${dialect.forUpdate} ${dialect.skipLocked}`),
    )
    if (locked.length === 0) return []
    return idsOf(
      await work.rows(sql`SELECT I.JOB_INSTANCE_ID FROM ${tables.jobInstance} I
        WHERE I.JOB_INSTANCE_ID IN (${sqlValues(locked)}) AND ${this.#isOld(request)}`),
    )
  }

  /** A condition on the instance I. An execution's end may be missing where another program died. */
  #isOld({ olderThan, keepFailed }: PruneRequest): SqlText {
    const { tables, dialect } = this.#store
    const over = keepFailed ? sql`('COMPLETED', 'ABANDONED')` : sql`('COMPLETED', 'ABANDONED', 'FAILED', 'STOPPED')`
    const ended = sql`COALESCE(E.END_TIME, E.LAST_UPDATED, E.CREATE_TIME)`
    return sql`EXISTS (SELECT 1 FROM ${tables.jobExecution} E
        WHERE E.JOB_EXECUTION_ID =
            (SELECT MAX(JOB_EXECUTION_ID) FROM ${tables.jobExecution} WHERE JOB_INSTANCE_ID = I.JOB_INSTANCE_ID)
          AND E.STATUS IN ${over} AND ${ended} < ${dialect.plusMilliseconds(dialect.now, -olderThan)})
      AND NOT EXISTS (SELECT 1 FROM ${tables.jobExecution} R
        WHERE R.JOB_INSTANCE_ID = I.JOB_INSTANCE_ID AND R.STATUS IN ${RUNNING})
      AND NOT EXISTS (SELECT 1 FROM ${tables.lease} L WHERE L.JOB_INSTANCE_ID = I.JOB_INSTANCE_ID)`
  }

  /** Children first. Resolves with the number of executions. */
  async #delete(work: SqlWork, instances: readonly number[]): Promise<number> {
    const { tables } = this.#store
    const ofInstances = sql`WHERE JOB_INSTANCE_ID IN (${sqlValues(instances)})`
    const ids = idsOf(await work.rows(sql`SELECT JOB_EXECUTION_ID FROM ${tables.jobExecution} ${ofInstances}`))
    const ofExecutions = sql`WHERE JOB_EXECUTION_ID IN (${sqlValues(ids)})`
    const steps = sql`SELECT STEP_EXECUTION_ID FROM ${tables.stepExecution} ${ofExecutions}`
    work.queue(sql`DELETE FROM ${tables.stepContext} WHERE STEP_EXECUTION_ID IN (${steps})`)
    for (const table of [tables.stepExecution, tables.jobContext, tables.jobParameters]) {
      work.queue(sql`DELETE FROM ${table} ${ofExecutions}`)
    }
    for (const table of [tables.stepRange, tables.jobExecution, tables.jobInstance]) {
      work.queue(sql`DELETE FROM ${table} ${ofInstances}`)
    }
    return ids.length
  }
}

function idsOf(rows: readonly (readonly (string | null)[])[]): readonly number[] {
  return rows.map((row) => new RowReader(row).integer('the id'))
}
