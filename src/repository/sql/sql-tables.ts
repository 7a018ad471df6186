import { sqlName, type SqlText } from '../../sql/sql-text.js'

/** The names of the repository's tables and sequences, as they stand in SQL. */
export interface SqlTables {
  readonly jobInstance: SqlText
  readonly jobExecution: SqlText
  readonly jobParameters: SqlText
  readonly jobContext: SqlText
  readonly stepExecution: SqlText
  readonly stepContext: SqlText
  readonly jobInstanceIds: SqlText
  readonly jobExecutionIds: SqlText
  readonly stepExecutionIds: SqlText
  readonly owner: SqlText
  readonly lease: SqlText
  readonly stepRange: SqlText
}

/** The names, each made by `name` of what stands behind the prefix. */
export function sqlTables(name: (suffix: string) => string): SqlTables {
  const table = (suffix: string): SqlText => sqlName(name(suffix))
  return {
    jobInstance: table('JOB_INSTANCE'),
    jobExecution: table('JOB_EXECUTION'),
    jobParameters: table('JOB_EXECUTION_PARAMS'),
    jobContext: table('JOB_EXECUTION_CONTEXT'),
    stepExecution: table('STEP_EXECUTION'),
    stepContext: table('STEP_EXECUTION_CONTEXT'),
    jobInstanceIds: table('JOB_INSTANCE_SEQ'),
    jobExecutionIds: table('JOB_EXECUTION_SEQ'),
    stepExecutionIds: table('STEP_EXECUTION_SEQ'),
    owner: table('OWNER'),
    lease: table('JOB_LEASE'),
    stepRange: table('STEP_RANGE'),
  }
}
