import type { SchemaNames } from './schema-names.js'

/** The tables and sequences of Spring Batch 6, column for column. Those that are there already are left as they are. */
export function springTables(names: SchemaNames): readonly string[] {
  return [
    ...jobTables(names),
    ...stepTables(names),
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

function jobTables({ qualified, uniqueInstance }: SchemaNames): readonly string[] {
  const reference = `REFERENCES ${qualified('JOB_EXECUTION')} (JOB_EXECUTION_ID)`
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_INSTANCE')} (
  JOB_INSTANCE_ID BIGINT NOT NULL PRIMARY KEY,
  VERSION BIGINT,
  JOB_NAME VARCHAR(100) NOT NULL,
  JOB_KEY VARCHAR(32) NOT NULL,
  CONSTRAINT ${uniqueInstance} UNIQUE (JOB_NAME, JOB_KEY)
)`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_EXECUTION')} (
  JOB_EXECUTION_ID BIGINT NOT NULL PRIMARY KEY,
  VERSION BIGINT,
  JOB_INSTANCE_ID BIGINT NOT NULL,
  CREATE_TIME TIMESTAMP NOT NULL,
  START_TIME TIMESTAMP DEFAULT NULL,
  END_TIME TIMESTAMP DEFAULT NULL,
  STATUS VARCHAR(10),
  EXIT_CODE VARCHAR(2500),
  EXIT_MESSAGE VARCHAR(2500),
  LAST_UPDATED TIMESTAMP,
  CONSTRAINT JOB_INST_EXEC_FK FOREIGN KEY (JOB_INSTANCE_ID)
    REFERENCES ${qualified('JOB_INSTANCE')} (JOB_INSTANCE_ID)
)`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_EXECUTION_PARAMS')} (
  JOB_EXECUTION_ID BIGINT NOT NULL,
  PARAMETER_NAME VARCHAR(100) NOT NULL,
  PARAMETER_TYPE VARCHAR(100) NOT NULL,
  PARAMETER_VALUE VARCHAR(2500),
  IDENTIFYING CHAR(1) NOT NULL,
  CONSTRAINT JOB_EXEC_PARAMS_FK FOREIGN KEY (JOB_EXECUTION_ID) ${reference}
)`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_EXECUTION_CONTEXT')} (
  JOB_EXECUTION_ID BIGINT NOT NULL PRIMARY KEY,
  SHORT_CONTEXT VARCHAR(2500) NOT NULL,
  SERIALIZED_CONTEXT TEXT,
  CONSTRAINT JOB_EXEC_CTX_FK FOREIGN KEY (JOB_EXECUTION_ID) ${reference}
)`,
  ]
}

function stepTables({ qualified }: SchemaNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('STEP_EXECUTION')} (
  STEP_EXECUTION_ID BIGINT NOT NULL PRIMARY KEY,
  VERSION BIGINT NOT NULL,
  STEP_NAME VARCHAR(100) NOT NULL,
  JOB_EXECUTION_ID BIGINT NOT NULL,
  CREATE_TIME TIMESTAMP NOT NULL,
  START_TIME TIMESTAMP DEFAULT NULL,
  END_TIME TIMESTAMP DEFAULT NULL,
  STATUS VARCHAR(10),
  COMMIT_COUNT BIGINT,
  READ_COUNT BIGINT,
  FILTER_COUNT BIGINT,
  WRITE_COUNT BIGINT,
  READ_SKIP_COUNT BIGINT,
  WRITE_SKIP_COUNT BIGINT,
  PROCESS_SKIP_COUNT BIGINT,
  ROLLBACK_COUNT BIGINT,
  EXIT_CODE VARCHAR(2500),
  EXIT_MESSAGE VARCHAR(2500),
  LAST_UPDATED TIMESTAMP,
  CONSTRAINT JOB_EXEC_STEP_FK FOREIGN KEY (JOB_EXECUTION_ID)
    REFERENCES ${qualified('JOB_EXECUTION')} (JOB_EXECUTION_ID)
)`,
    `CREATE TABLE IF NOT EXISTS ${qualified('STEP_EXECUTION_CONTEXT')} (
  STEP_EXECUTION_ID BIGINT NOT NULL PRIMARY KEY,
  SHORT_CONTEXT VARCHAR(2500) NOT NULL,
  SERIALIZED_CONTEXT TEXT,
  CONSTRAINT STEP_EXEC_CTX_FK FOREIGN KEY (STEP_EXECUTION_ID)
    REFERENCES ${qualified('STEP_EXECUTION')} (STEP_EXECUTION_ID)
)`,
  ]
}

function advance(names: SchemaNames, sequence: string, table: string, column: string): string {
  return `SELECT setval('${names.qualified(sequence)}', highest)
FROM (SELECT MAX(${column}) AS highest FROM ${names.qualified(table)}) AS stored
WHERE highest >= (SELECT last_value FROM ${names.qualified(sequence)})`
}

/** An index is made in the schema of its table. */
function index(names: SchemaNames, table: string, column: string, suffix: string): string {
  return `CREATE INDEX IF NOT EXISTS ${names.prefix}${suffix} ON ${names.qualified(table)} (${column})`
}
