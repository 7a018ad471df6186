import type { SchemaNames } from './schema-names.js'

/**
 * The ledger of steps that commit in any order. No foreign keys: the check of one would lock a row that folding updates.
 */
export function rangeTable({ qualified }: SchemaNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('STEP_RANGE')} (
  JOB_INSTANCE_ID BIGINT NOT NULL,
  STEP_NAME VARCHAR(100) NOT NULL,
  ORDINAL BIGINT NOT NULL,
  STEP_EXECUTION_ID BIGINT NOT NULL,
  RANGE_FROM TEXT,
  RANGE_TO TEXT,
  IS_LAST SMALLINT NOT NULL,
  COMMIT_COUNT BIGINT NOT NULL,
  READ_COUNT BIGINT NOT NULL,
  FILTER_COUNT BIGINT NOT NULL,
  WRITE_COUNT BIGINT NOT NULL,
  READ_SKIP_COUNT BIGINT NOT NULL,
  WRITE_SKIP_COUNT BIGINT NOT NULL,
  PROCESS_SKIP_COUNT BIGINT NOT NULL,
  CREATED TIMESTAMP(6) NOT NULL,
  PRIMARY KEY (JOB_INSTANCE_ID, STEP_NAME, ORDINAL)
)`,
  ]
}
