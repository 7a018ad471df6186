import { joinSql, sql, sqlName, type SqlText, sqlValues } from '../../sql/sql-text.js'
import type { SqlRow } from '../../sql/sql-connection.js'
import { checkSummaries } from '../page-bounds.js'
import type { StepSummariesRequest, StepSummary } from '../partitions.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { readSnapshot } from './sql-work.js'
import { readCounts, STEP_COUNTS } from './step-columns.js'

/** Sums up the executions of steps, in one query. */
export async function summarizeSteps(store: SqlStore, request: StepSummariesRequest): Promise<readonly StepSummary[]> {
  const { jobInstanceId, stepNames, after } = checkSummaries(request)
  if (stepNames.length === 0) return []
  const { tables } = store
  const sums = STEP_COUNTS.map(sqlName).map(
    (column) => sql`SUM(CASE WHEN S.STEP_EXECUTION_ID > ${after} THEN S.${column} ELSE 0 END) AS ${column}`,
  )
  const all = sql`SELECT MAX(S.STEP_EXECUTION_ID) AS LAST_ID, COUNT(S.START_TIME) AS STARTS, ${joinSql(sums)}
    FROM ${tables.stepExecution} S
    JOIN ${tables.jobExecution} E ON E.JOB_EXECUTION_ID = S.JOB_EXECUTION_ID
    WHERE E.JOB_INSTANCE_ID = ${jobInstanceId} AND S.STEP_NAME IN (${sqlValues(stepNames)})
    GROUP BY S.STEP_NAME HAVING MAX(S.STEP_EXECUTION_ID) > ${after}`
  const counts = (of: string): SqlText => sqlName(STEP_COUNTS.map((column) => `${of}.${column}`).join(', '))
  const answer = await readSnapshot(store, (work) =>
    work.queue(sql`SELECT L.STEP_NAME, L.STEP_EXECUTION_ID, L.JOB_EXECUTION_ID, L.STATUS, ${counts('L')}, T.STARTS,
        ${counts('T')} FROM (${all}) T JOIN ${tables.stepExecution} L ON L.STEP_EXECUTION_ID = T.LAST_ID`),
  )
  return answer.rows.map(readSummary)
}

function readSummary(row: SqlRow): StepSummary {
  const reader = new RowReader(row)
  return {
    stepName: reader.text() ?? '',
    last: {
      id: reader.integer('STEP_EXECUTION_ID'),
      jobExecutionId: reader.integer('JOB_EXECUTION_ID'),
      status: reader.status(),
      counts: readCounts(reader),
    },
    starts: reader.integer('the number of executions'),
    counts: readCounts(reader),
  }
}
