import type { SchemaNames } from '../sql/schema-names.js'
import {
  type Migration,
  ownershipTables,
  rangeTable,
  springTables,
  type TableDialect,
  versionTable,
} from '../sql/schema-tables.js'

/**
 * Texts are compared as they are: with the server's default collation the steps `load` and `Load` would be one. Names of
 * foreign keys are the schema's, not the table's.
 */
function tables({ prefix }: SchemaNames): TableDialect {
  return {
    time: 'DATETIME(6)',
    microTime: 'DATETIME(6)',
    // Spring Batch has TEXT, which ends at 64 KB; what reads that reads this.
    text: 'LONGTEXT',
    tail: ' ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    constraint: (name) => (prefix.toUpperCase() === 'BATCH_' ? name : `${prefix}${name}`),
    inlineIndex: (column) => `INDEX ${prefix}JOB_LEASE_OWNER_IDX (${column})`,
  }
}

/** All migrations, in their order. Each statement may be run again: MySQL commits DDL statement by statement. */
export function migrations(names: SchemaNames): readonly Migration[] {
  const dialect = tables(names)
  return [
    { version: 1, statements: [...springTables(names, dialect), ...sequences(names)] },
    { version: 2, statements: ownershipTables(names, dialect) },
    { version: 3, statements: rangeTable(names, dialect) },
  ]
}

/** Where it is noted which migrations were done. */
export function versions(names: SchemaNames): string {
  return versionTable(names, tables(names))
}

/** Notes that a migration was done. */
export function applied(names: SchemaNames, version: number): string {
  return `INSERT INTO ${names.qualified('SCHEMA_VERSION')} (VERSION, APPLIED_AT) VALUES (${version}, UTC_TIMESTAMP(6))
ON DUPLICATE KEY UPDATE VERSION = VERSION`
}

/** The whole schema as a script. */
export function schemaScript(names: SchemaNames): string {
  const all = migrations(names).flatMap(({ version, statements }) => [...statements, applied(names, version)])
  return [versions(names), ...all].map((statement) => `${statement};\n`).join('\n')
}

/** The sequence tables of Spring Batch 6: one row each, with the last number that was taken. */
function sequences(names: SchemaNames): readonly string[] {
  return [
    ...sequence(names, 'JOB_INSTANCE_SEQ', 'JOB_INSTANCE', 'JOB_INSTANCE_ID'),
    ...sequence(names, 'JOB_EXECUTION_SEQ', 'JOB_EXECUTION', 'JOB_EXECUTION_ID'),
    ...sequence(names, 'STEP_EXECUTION_SEQ', 'STEP_EXECUTION', 'STEP_EXECUTION_ID'),
  ]
}

function sequence({ qualified }: SchemaNames, suffix: string, table: string, column: string): readonly string[] {
  const highest = `(SELECT COALESCE(MAX(${column}), 0) FROM ${qualified(table)})`
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified(suffix)} (
  ID BIGINT NOT NULL,
  UNIQUE_KEY CHAR(1) NOT NULL,
  CONSTRAINT UNIQUE_KEY_UN UNIQUE (UNIQUE_KEY)
) ENGINE=InnoDB`,
    `INSERT INTO ${qualified(suffix)} (ID, UNIQUE_KEY) VALUES (0, '0') ON DUPLICATE KEY UPDATE UNIQUE_KEY = UNIQUE_KEY`,
    // Tables that were there may have numbers from a sequence of another name: BATCH_JOB_SEQ in Spring Batch 5.
    `UPDATE ${qualified(suffix)} SET ID = GREATEST(ID, ${highest})`,
  ]
}
