import type { SchemaNames } from '../sql/schema-names.js'

/** The sequences of Spring Batch 6, and indexes that PostgreSQL does not make by itself. */
export function springSequences(names: SchemaNames): readonly string[] {
  return [
    ...['JOB_INSTANCE_SEQ', 'JOB_EXECUTION_SEQ', 'STEP_EXECUTION_SEQ'].map(
      (suffix) => `CREATE SEQUENCE IF NOT EXISTS ${names.qualified(suffix)} MAXVALUE 9223372036854775807 NO CYCLE`,
    ),
    // Tables that were there may have numbers from a sequence of another name: BATCH_JOB_SEQ in Spring Batch 5.
    advance(names, 'JOB_INSTANCE_SEQ', 'JOB_INSTANCE', 'JOB_INSTANCE_ID'),
    advance(names, 'JOB_EXECUTION_SEQ', 'JOB_EXECUTION', 'JOB_EXECUTION_ID'),
    advance(names, 'STEP_EXECUTION_SEQ', 'STEP_EXECUTION', 'STEP_EXECUTION_ID'),
    // PostgreSQL makes no indexes for foreign keys.
    index(names, 'JOB_EXECUTION', 'JOB_INSTANCE_ID', 'JOB_EXEC_INST_IDX'),
    index(names, 'JOB_EXECUTION_PARAMS', 'JOB_EXECUTION_ID', 'JOB_EXEC_PARAMS_IDX'),
    index(names, 'STEP_EXECUTION', 'JOB_EXECUTION_ID', 'STEP_EXEC_JOB_IDX'),
  ]
}

function advance(names: SchemaNames, sequence: string, table: string, column: string): string {
  return `SELECT setval('${names.qualified(sequence)}', highest)
FROM (SELECT MAX(${column}) AS highest FROM ${names.qualified(table)}) AS stored
WHERE highest >= (SELECT last_value FROM ${names.qualified(sequence)})`
}

/** An index is made in the schema of its table. */
export function index(names: SchemaNames, table: string, column: string, suffix: string): string {
  return `CREATE INDEX IF NOT EXISTS ${names.prefix}${suffix} ON ${names.qualified(table)} (${column})`
}
