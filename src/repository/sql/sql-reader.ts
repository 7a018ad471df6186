import type { JobExecution } from '../../domain/job-execution.js'
import type { JobInstance } from '../../domain/job-instance.js'
import { jobKey } from '../../domain/job-key.js'
import type { JobParameters } from '../../domain/job-parameters.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { sql, type SqlText } from '../../sql/sql-text.js'
import type { Page, StepHistory } from '../job-repository.js'
import { MAX_PAGE, pageBounds } from '../page-bounds.js'
import { queueExecutions, readExecutions, readInstance } from './execution-queries.js'
import { RUNNING } from './lease-conditions.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { readSnapshot } from './sql-work.js'
import { readStep, selectSteps } from './step-columns.js'

/** The read side: each call sees one moment's state. */
export class SqlReader {
  readonly #store: SqlStore

  constructor(store: SqlStore) {
    this.#store = store
  }

  async instance(
    where: { readonly id: number } | { readonly jobName: string; readonly parameters: JobParameters },
  ): Promise<JobInstance | undefined> {
    const condition =
      'id' in where
        ? sql`JOB_INSTANCE_ID = ${where.id}`
        : sql`JOB_NAME = ${where.jobName} AND JOB_KEY = ${jobKey(where.parameters)}`
    return (await this.#instances(sql`WHERE ${condition}`))[0]
  }

  instances(jobName: string, page?: Page): Promise<readonly JobInstance[]> {
    return this.#instances(sql`WHERE JOB_NAME = ${jobName} ORDER BY JOB_INSTANCE_ID DESC ${slice(page)}`)
  }

  async jobNames(page?: Page): Promise<readonly string[]> {
    const bounds = page && pageBounds(page)
    const rows = await this.#rows(sql`SELECT DISTINCT JOB_NAME FROM ${this.#store.tables.jobInstance}`)
    // Not ORDER BY, whose order depends on the database's locale.
    const names = rows.map(([name]) => name ?? '').sort()
    return bounds === undefined ? names : names.slice(bounds.offset, bounds.offset + bounds.limit)
  }

  async execution(id: number): Promise<JobExecution | undefined> {
    const answers = await readSnapshot(this.#store, (work) => queueExecutions(this.#store, work, [id]))
    return readExecutions(answers)[0]
  }

  executions(jobInstanceId: number, page?: Page): Promise<readonly JobExecution[]> {
    return this.#executions(sql`WHERE JOB_INSTANCE_ID = ${jobInstanceId}
      ORDER BY JOB_EXECUTION_ID DESC ${slice(page)}`)
  }

  running(jobName?: string, page?: Page): Promise<readonly JobExecution[]> {
    const ofJob =
      jobName === undefined
        ? sql``
        : sql`AND JOB_INSTANCE_ID IN
            (SELECT JOB_INSTANCE_ID FROM ${this.#store.tables.jobInstance} WHERE JOB_NAME = ${jobName})`
    const part = page === undefined ? sql`` : slice(page)
    return this.#executions(sql`WHERE STATUS IN ${RUNNING} ${ofJob} ORDER BY JOB_EXECUTION_ID DESC ${part}`)
  }

  async step(id: number): Promise<StepExecution | undefined> {
    const { tables, dialect } = this.#store
    const [row] = await this.#rows(selectSteps(tables, dialect, sql`WHERE S.STEP_EXECUTION_ID = ${id}`))
    return row === undefined ? undefined : readStep(row)
  }

  async stepExecutions(jobInstanceId: number, stepName: string, page?: Page): Promise<readonly StepExecution[]> {
    const { tables, dialect } = this.#store
    const where = sql`WHERE E.JOB_INSTANCE_ID = ${jobInstanceId} AND S.STEP_NAME = ${stepName}
      ORDER BY S.STEP_EXECUTION_ID DESC ${slice(page)}`
    return (await this.#rows(selectSteps(tables, dialect, where))).map(readStep)
  }

  async stepHistory(jobInstanceId: number, stepName: string): Promise<StepHistory | undefined> {
    const { tables, dialect } = this.#store
    const where = sql`WHERE E.JOB_INSTANCE_ID = ${jobInstanceId} AND S.STEP_NAME = ${stepName}`
    const [last, count] = await readSnapshot(this.#store, (work) => [
      work.queue(selectSteps(tables, dialect, sql`${where} ORDER BY S.STEP_EXECUTION_ID DESC LIMIT 1`)),
      // Partitions that never began are no executions to count.
      work.queue(sql`SELECT COUNT(S.START_TIME) FROM ${tables.stepExecution} S
        JOIN ${tables.jobExecution} E ON E.JOB_EXECUTION_ID = S.JOB_EXECUTION_ID ${where}`),
    ])
    const row = last?.rows[0]
    if (row === undefined) return undefined
    return { last: readStep(row), count: new RowReader(count?.rows[0] ?? []).integer('the number of executions') }
  }

  async #instances(where: SqlText): Promise<readonly JobInstance[]> {
    const rows = await this.#rows(
      sql`SELECT JOB_INSTANCE_ID, JOB_NAME, JOB_KEY FROM ${this.#store.tables.jobInstance} ${where}`,
    )
    return rows.map(readInstance)
  }

  async #executions(where: SqlText): Promise<readonly JobExecution[]> {
    const parts = await readSnapshot(this.#store, async (work) => {
      const rows = await work.rows(sql`SELECT JOB_EXECUTION_ID FROM ${this.#store.tables.jobExecution} ${where}`)
      const ids = rows.map((row) => new RowReader(row).integer('JOB_EXECUTION_ID'))
      return pagesOf(ids).map((page) => queueExecutions(this.#store, work, page))
    })
    return parts.flatMap(readExecutions)
  }

  async #rows(query: SqlText): Promise<readonly (readonly (string | null)[])[]> {
    return (await readSnapshot(this.#store, (work) => work.queue(query))).rows
  }
}

function slice(page: Page | undefined): SqlText {
  const { offset, limit } = pageBounds(page)
  return sql`LIMIT ${limit} OFFSET ${offset}`
}

function pagesOf(ids: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(ids.length / MAX_PAGE)
  return Array.from({ length: count }, (_, page) => ids.slice(page * MAX_PAGE, (page + 1) * MAX_PAGE))
}
