import type { StepCounts } from '../../domain/step-counts.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { Dialect } from '../../sql/dialect.js'
import type { SqlRow } from '../../sql/sql-connection.js'
import { sql, sqlName, type SqlText } from '../../sql/sql-text.js'
import { guaranteeOf } from '../step-guarantee.js'
import { type ContextColumns, contextColumns } from './column-text.js'
import { RowReader } from './row-reader.js'
import type { SqlTables } from './sql-tables.js'

/** The columns of a step's counts, in the order in which they are read. */
export const STEP_COUNTS: readonly string[] = [
  'READ_COUNT',
  'WRITE_COUNT',
  'FILTER_COUNT',
  'COMMIT_COUNT',
  'ROLLBACK_COUNT',
  'READ_SKIP_COUNT',
  'PROCESS_SKIP_COUNT',
  'WRITE_SKIP_COUNT',
]

/** What a checkpoint writes of a step. */
export interface StepRow {
  readonly counts: StepCounts
  readonly context: ContextColumns
}

/** What a checkpoint writes, as columns. */
export function stepRow(step: StepExecution): StepRow {
  return { counts: step.counts, context: contextColumns(step.executionContext) }
}

/** The counters as assignments of an UPDATE. */
export function setCounts(counts: StepCounts): SqlText {
  return sql`COMMIT_COUNT = ${counts.commit}, READ_COUNT = ${counts.read}, FILTER_COUNT = ${counts.filter},
    WRITE_COUNT = ${counts.write}, READ_SKIP_COUNT = ${counts.readSkip}, WRITE_SKIP_COUNT = ${counts.writeSkip},
    PROCESS_SKIP_COUNT = ${counts.processSkip}, ROLLBACK_COUNT = ${counts.rollback}`
}

/** A context as assignments of an UPDATE. */
export function setContext(context: ContextColumns): SqlText {
  return sql`SHORT_CONTEXT = ${context.short}, SERIALIZED_CONTEXT = ${context.serialized}`
}

/** Step executions with their contexts. The row aliases are S (step), E (job execution), C (context). */
export function selectSteps(tables: SqlTables, dialect: Dialect, where: SqlText): SqlText {
  const time = (column: string): SqlText => dialect.timestampText(sqlName(column))
  return sql`SELECT S.STEP_EXECUTION_ID, S.JOB_EXECUTION_ID, E.JOB_INSTANCE_ID, S.STEP_NAME, S.VERSION, S.STATUS,
      S.EXIT_CODE, S.EXIT_MESSAGE, ${sqlName(STEP_COUNTS.map((column) => `S.${column}`).join(', '))}, COALESCE(C.SERIALIZED_CONTEXT, C.SHORT_CONTEXT),
      ${time('S.CREATE_TIME')}, ${time('S.START_TIME')}, ${time('S.END_TIME')}, ${time('S.LAST_UPDATED')}
    FROM ${tables.stepExecution} S
    JOIN ${tables.jobExecution} E ON E.JOB_EXECUTION_ID = S.JOB_EXECUTION_ID
    LEFT JOIN ${tables.stepContext} C ON C.STEP_EXECUTION_ID = S.STEP_EXECUTION_ID
    ${where}`
}

/** A row of {@link selectSteps}. */
export function readStep(row: SqlRow): StepExecution {
  const reader = new RowReader(row)
  const head = {
    id: reader.integer('STEP_EXECUTION_ID'),
    jobExecutionId: reader.integer('JOB_EXECUTION_ID'),
    jobInstanceId: reader.integer('JOB_INSTANCE_ID'),
    stepName: reader.text() ?? '',
    version: reader.integer('VERSION'),
    status: reader.status(),
    exitStatus: reader.exitStatus(),
    counts: readCounts(reader),
  }
  const executionContext = reader.context()
  const createTime = reader.time() ?? new Date(0)
  return {
    ...head,
    guarantee: guaranteeOf(executionContext),
    executionContext,
    createTime,
    startTime: reader.time(),
    endTime: reader.time(),
    lastUpdated: reader.time(),
    failures: [],
  }
}

/** Counts whose columns come in the order of {@link STEP_COUNTS}. */
export function readCounts(reader: RowReader): StepCounts {
  return {
    read: reader.integer('READ_COUNT'),
    write: reader.integer('WRITE_COUNT'),
    filter: reader.integer('FILTER_COUNT'),
    commit: reader.integer('COMMIT_COUNT'),
    rollback: reader.integer('ROLLBACK_COUNT'),
    readSkip: reader.integer('READ_SKIP_COUNT'),
    processSkip: reader.integer('PROCESS_SKIP_COUNT'),
    writeSkip: reader.integer('WRITE_SKIP_COUNT'),
  }
}
