import { JobExecution } from '../../domain/job-execution.js'
import type { JobInstance } from '../../domain/job-instance.js'
import { parameterFromText } from '../../domain/java-parameter.js'
import type { JobParameter, JobParameters } from '../../domain/job-parameters.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { SqlRow } from '../../sql/sql-connection.js'
import { sql, sqlName, type SqlText, sqlValues } from '../../sql/sql-text.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import type { Answer, SqlWork } from './sql-work.js'
import { readStep, selectSteps } from './step-columns.js'

/** Job executions that are being read: all of their tables at once. */
export interface ExecutionAnswers {
  readonly executions: Answer
  readonly parameters: Answer
  readonly steps: Answer
}

/** Queues the queries for some job executions; read the answers with {@link readExecutions}. */
export function queueExecutions(store: SqlStore, work: SqlWork, ids: readonly number[]): ExecutionAnswers {
  const list = sqlValues(ids)
  return {
    executions: work.queue(selectExecutions(store, list)),
    parameters: work.queue(selectParameters(store, list)),
    steps: work.queue(
      selectSteps(store.tables, store.dialect, sql`WHERE S.JOB_EXECUTION_ID IN (${list}) ORDER BY S.STEP_EXECUTION_ID`),
    ),
  }
}

/** The parameters of job executions: id, name, type, value, identifying. */
export function selectParameters({ tables }: SqlStore, ids: SqlText): SqlText {
  return sql`SELECT JOB_EXECUTION_ID, PARAMETER_NAME, PARAMETER_TYPE, PARAMETER_VALUE, IDENTIFYING
    FROM ${tables.jobParameters} WHERE JOB_EXECUTION_ID IN (${ids})`
}

/** The executions of answers that have come, the latest first. */
export function readExecutions(answers: ExecutionAnswers): readonly JobExecution[] {
  const parameters = readParameters(answers.parameters.rows)
  const steps = new Map<number, StepExecution[]>()
  for (const step of answers.steps.rows.map(readStep)) {
    const siblings = steps.get(step.jobExecutionId)
    if (siblings === undefined) steps.set(step.jobExecutionId, [step])
    else siblings.push(step)
  }
  return answers.executions.rows.map((row) => readExecution(row, parameters, steps))
}

/** Parameters by job execution, in the order of their names. */
export function readParameters(rows: readonly SqlRow[]): ReadonlyMap<number, JobParameters> {
  const found = rows.map((row) => {
    const reader = new RowReader(row)
    return { id: reader.integer('JOB_EXECUTION_ID'), name: reader.text() ?? '', parameter: readParameter(reader) }
  })
  const byExecution = new Map<number, Map<string, JobParameter>>()
  for (const { id, name, parameter } of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const parameters = byExecution.get(id) ?? new Map<string, JobParameter>()
    byExecution.set(id, parameters.set(name, parameter))
  }
  return byExecution
}

/** An instance from JOB_INSTANCE_ID, JOB_NAME, JOB_KEY. */
export function readInstance(row: SqlRow): JobInstance {
  return instanceFrom(new RowReader(row))
}

function readParameter(reader: RowReader): JobParameter {
  const javaType = reader.text() ?? ''
  const value = reader.text() ?? ''
  return parameterFromText(javaType, value, reader.text() === 'Y')
}

function selectExecutions({ tables, dialect }: SqlStore, ids: SqlText): SqlText {
  const time = (column: string): SqlText => dialect.timestampText(sqlName(column))
  return sql`SELECT I.JOB_INSTANCE_ID, I.JOB_NAME, I.JOB_KEY, E.JOB_EXECUTION_ID, E.VERSION, E.STATUS, E.EXIT_CODE,
      E.EXIT_MESSAGE, COALESCE(C.SERIALIZED_CONTEXT, C.SHORT_CONTEXT),
      ${time('E.CREATE_TIME')}, ${time('E.START_TIME')}, ${time('E.END_TIME')}, ${time('E.LAST_UPDATED')}
    FROM ${tables.jobExecution} E
    JOIN ${tables.jobInstance} I ON I.JOB_INSTANCE_ID = E.JOB_INSTANCE_ID
    LEFT JOIN ${tables.jobContext} C ON C.JOB_EXECUTION_ID = E.JOB_EXECUTION_ID
    WHERE E.JOB_EXECUTION_ID IN (${ids}) ORDER BY E.JOB_EXECUTION_ID DESC`
}

function readExecution(
  row: SqlRow,
  parameters: ReadonlyMap<number, JobParameters>,
  steps: ReadonlyMap<number, readonly StepExecution[]>,
): JobExecution {
  const reader = new RowReader(row)
  const jobInstance = instanceFrom(reader)
  const id = reader.integer('JOB_EXECUTION_ID')
  return new JobExecution({
    id,
    jobInstance,
    parameters: parameters.get(id) ?? new Map(),
    version: reader.integer('VERSION'),
    status: reader.status(),
    exitStatus: reader.exitStatus(),
    executionContext: reader.context(),
    createTime: reader.time() ?? new Date(0),
    startTime: reader.time(),
    endTime: reader.time(),
    lastUpdated: reader.time(),
    stepExecutions: steps.get(id) ?? [],
    failures: [],
  })
}

function instanceFrom(reader: RowReader): JobInstance {
  return { id: reader.integer('JOB_INSTANCE_ID'), jobName: reader.text() ?? '', jobKey: reader.text() ?? '' }
}
