import type { SchemaNames } from './schema-names.js'

/** How a database writes what differs in the tables. */
export interface TableDialect {
  /** A time of Spring Batch's tables. */
  readonly time: string
  /** A time of our own tables, to the microsecond. */
  readonly microTime: string
  /** Text of any length. */
  readonly text: string
  /** Follows the definition of each table. */
  readonly tail: string
  /** The name of a foreign key: its plain name, or one with the prefix where they must be unique in a schema. */
  readonly constraint: (name: string) => string
  /** A further index inside a table's definition; undefined where indexes are made by themselves. */
  readonly inlineIndex?: (column: string) => string
}

/** The tables of Spring Batch 6, column for column. Those that are there already are left as they are. */
export function springTables({ qualified, uniqueInstance }: SchemaNames, dialect: TableDialect): readonly string[] {
  const { time, tail, constraint } = dialect
  const ofExecution = (name: string): string => `CONSTRAINT ${constraint(name)} FOREIGN KEY (JOB_EXECUTION_ID)
    REFERENCES ${qualified('JOB_EXECUTION')} (JOB_EXECUTION_ID)`
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_INSTANCE')} (
  JOB_INSTANCE_ID BIGINT NOT NULL PRIMARY KEY,
  VERSION BIGINT,
  JOB_NAME VARCHAR(100) NOT NULL,
  JOB_KEY VARCHAR(32) NOT NULL,
  CONSTRAINT ${uniqueInstance} UNIQUE (JOB_NAME, JOB_KEY)
)${tail}`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_EXECUTION')} (
  JOB_EXECUTION_ID BIGINT NOT NULL PRIMARY KEY,
  VERSION BIGINT,
  JOB_INSTANCE_ID BIGINT NOT NULL,
  CREATE_TIME ${time} NOT NULL,
  START_TIME ${time} DEFAULT NULL,
  END_TIME ${time} DEFAULT NULL,
  STATUS VARCHAR(10),
  EXIT_CODE VARCHAR(2500),
  EXIT_MESSAGE VARCHAR(2500),
  LAST_UPDATED ${time},
  CONSTRAINT ${constraint('JOB_INST_EXEC_FK')} FOREIGN KEY (JOB_INSTANCE_ID)
    REFERENCES ${qualified('JOB_INSTANCE')} (JOB_INSTANCE_ID)
)${tail}`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_EXECUTION_PARAMS')} (
  JOB_EXECUTION_ID BIGINT NOT NULL,
  PARAMETER_NAME VARCHAR(100) NOT NULL,
  PARAMETER_TYPE VARCHAR(100) NOT NULL,
  PARAMETER_VALUE VARCHAR(2500),
  IDENTIFYING CHAR(1) NOT NULL,
  ${ofExecution('JOB_EXEC_PARAMS_FK')}
)${tail}`,
    contextTable(qualified('JOB_EXECUTION_CONTEXT'), 'JOB_EXECUTION_ID', ofExecution('JOB_EXEC_CTX_FK'), dialect),
    stepTable(qualified('STEP_EXECUTION'), ofExecution('JOB_EXEC_STEP_FK'), dialect),
    contextTable(
      qualified('STEP_EXECUTION_CONTEXT'),
      'STEP_EXECUTION_ID',
      `CONSTRAINT ${constraint('STEP_EXEC_CTX_FK')} FOREIGN KEY (STEP_EXECUTION_ID)
    REFERENCES ${qualified('STEP_EXECUTION')} (STEP_EXECUTION_ID)`,
      dialect,
    ),
  ]
}

function contextTable(name: string, id: string, foreignKey: string, { text, tail }: TableDialect): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
  ${id} BIGINT NOT NULL PRIMARY KEY,
  SHORT_CONTEXT VARCHAR(2500) NOT NULL,
  SERIALIZED_CONTEXT ${text},
  ${foreignKey}
)${tail}`
}

function stepTable(name: string, foreignKey: string, { time, tail }: TableDialect): string {
  return `CREATE TABLE IF NOT EXISTS ${name} (
  STEP_EXECUTION_ID BIGINT NOT NULL PRIMARY KEY,
  VERSION BIGINT NOT NULL,
  STEP_NAME VARCHAR(100) NOT NULL,
  JOB_EXECUTION_ID BIGINT NOT NULL,
  CREATE_TIME ${time} NOT NULL,
  START_TIME ${time} DEFAULT NULL,
  END_TIME ${time} DEFAULT NULL,
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
  LAST_UPDATED ${time},
  ${foreignKey}
)${tail}`
}

/** The tables that Spring Batch has not: who is alive, and who owns which instance. */
export function ownershipTables({ qualified }: SchemaNames, dialect: TableDialect): readonly string[] {
  const { microTime: time, tail, inlineIndex } = dialect
  const index = inlineIndex === undefined ? '' : `,\n  ${inlineIndex('OWNER_ID')}`
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('OWNER')} (
  OWNER_ID VARCHAR(36) NOT NULL PRIMARY KEY,
  DESCRIPTION VARCHAR(250),
  LOCK_KEY BIGINT,
  STARTED_AT ${time} NOT NULL,
  RENEWED_AT ${time} NOT NULL,
  EXPIRES_AT ${time} NOT NULL
)${tail}`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_LEASE')} (
  JOB_INSTANCE_ID BIGINT NOT NULL PRIMARY KEY,
  OWNER_ID VARCHAR(36) NOT NULL,
  JOB_EXECUTION_ID BIGINT NOT NULL${index}
)${tail}`,
  ]
}

/**
 * The ledger of steps that commit in any order. No foreign keys: the check of one would lock a row that folding updates.
 */
export function rangeTable({ qualified }: SchemaNames, { microTime, text, tail }: TableDialect): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('STEP_RANGE')} (
  JOB_INSTANCE_ID BIGINT NOT NULL,
  STEP_NAME VARCHAR(100) NOT NULL,
  ORDINAL BIGINT NOT NULL,
  STEP_EXECUTION_ID BIGINT NOT NULL,
  RANGE_FROM ${text},
  RANGE_TO ${text},
  IS_LAST SMALLINT NOT NULL,
  COMMIT_COUNT BIGINT NOT NULL,
  READ_COUNT BIGINT NOT NULL,
  FILTER_COUNT BIGINT NOT NULL,
  WRITE_COUNT BIGINT NOT NULL,
  READ_SKIP_COUNT BIGINT NOT NULL,
  WRITE_SKIP_COUNT BIGINT NOT NULL,
  PROCESS_SKIP_COUNT BIGINT NOT NULL,
  CREATED ${microTime} NOT NULL,
  PRIMARY KEY (JOB_INSTANCE_ID, STEP_NAME, ORDINAL)
)${tail}`,
  ]
}

/** Where it is noted which migrations were done. */
export function versionTable({ qualified }: SchemaNames, { microTime, tail }: TableDialect): string {
  return `CREATE TABLE IF NOT EXISTS ${qualified('SCHEMA_VERSION')} (
  VERSION INT NOT NULL PRIMARY KEY,
  APPLIED_AT ${microTime} NOT NULL
)${tail}`
}

/** A step of the schema. A released one is never changed: what comes later gets the next number. */
export interface Migration {
  readonly version: number
  readonly statements: readonly string[]
}
