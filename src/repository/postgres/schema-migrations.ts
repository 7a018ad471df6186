import type { SchemaNames } from '../sql/schema-names.js'
import {
  type Migration,
  ownershipTables,
  rangeTable,
  springTables,
  type TableDialect,
  versionTable,
} from '../sql/schema-tables.js'
import { index, springSequences } from './spring-sequences.js'

const TABLES: TableDialect = {
  time: 'TIMESTAMP',
  microTime: 'TIMESTAMP(6)',
  text: 'TEXT',
  tail: '',
  constraint: (name) => name,
}

/** All migrations, in their order. */
export function migrations(names: SchemaNames): readonly Migration[] {
  const leaseIndex = index(names, 'JOB_LEASE', 'OWNER_ID', 'JOB_LEASE_OWNER_IDX')
  return [
    { version: 1, statements: [...springTables(names, TABLES), ...springSequences(names)] },
    { version: 2, statements: [...ownershipTables(names, TABLES), leaseIndex] },
    { version: 3, statements: rangeTable(names, TABLES) },
  ]
}

/** The statements before the first migration: one process at a time, and where to note what was done. */
export function preamble(names: SchemaNames): readonly string[] {
  const { schema, prefix } = names
  const place = schema === undefined ? 'current_schema()' : `'${schema}'`
  return [
    `SELECT pg_advisory_xact_lock(hashtextextended('chunkwise schema ' || ${place} || '.${prefix.toLowerCase()}', 0))`,
    ...(schema === undefined ? [] : [`CREATE SCHEMA IF NOT EXISTS "${schema}"`]),
    versionTable(names, TABLES),
  ]
}

/** Notes that a migration was done. */
export function applied(names: SchemaNames, version: number): string {
  return `INSERT INTO ${names.qualified('SCHEMA_VERSION')} (VERSION, APPLIED_AT)
VALUES (${version}, statement_timestamp() AT TIME ZONE 'UTC') ON CONFLICT DO NOTHING`
}

/** The whole schema as a script. */
export function schemaScript(names: SchemaNames): string {
  const all = migrations(names).flatMap(({ version, statements }) => [...statements, applied(names, version)])
  return ['BEGIN', ...preamble(names), ...all, 'COMMIT'].map((statement) => `${statement};\n`).join('\n')
}
