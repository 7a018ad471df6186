import type { SchemaNames } from './schema-names.js'

/** The tables that Spring Batch has not: who is alive, and who owns which instance. */
export function ownershipTables({ qualified, prefix }: SchemaNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified('OWNER')} (
  OWNER_ID VARCHAR(36) NOT NULL PRIMARY KEY,
  DESCRIPTION VARCHAR(250),
  LOCK_KEY BIGINT,
  STARTED_AT TIMESTAMP(6) NOT NULL,
  RENEWED_AT TIMESTAMP(6) NOT NULL,
  EXPIRES_AT TIMESTAMP(6) NOT NULL
)`,
    `CREATE TABLE IF NOT EXISTS ${qualified('JOB_LEASE')} (
  JOB_INSTANCE_ID BIGINT NOT NULL PRIMARY KEY,
  OWNER_ID VARCHAR(36) NOT NULL,
  JOB_EXECUTION_ID BIGINT NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS ${prefix}JOB_LEASE_OWNER_IDX ON ${qualified('JOB_LEASE')} (OWNER_ID)`,
  ]
}
