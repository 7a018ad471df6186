import { ownershipTables } from './ownership-tables.js'
import { rangeTable } from './range-table.js'
import type { SchemaNames } from './schema-names.js'
import { springTables } from './spring-tables.js'

/** A step of the schema. A released one is never changed: what comes later gets the next number. */
export interface Migration {
  readonly version: number
  readonly statements: readonly string[]
}

/** All migrations, in their order. */
export function migrations(names: SchemaNames): readonly Migration[] {
  return [
    { version: 1, statements: springTables(names) },
    { version: 2, statements: ownershipTables(names) },
    { version: 3, statements: rangeTable(names) },
  ]
}

/** The statements before the first migration: one process at a time, and where to note what was done. */
export function preamble(names: SchemaNames): readonly string[] {
  const { schema, prefix } = names
  const place = schema === undefined ? 'current_schema()' : `'${schema}'`
  return [
    `SELECT pg_advisory_xact_lock(hashtextextended('chunkwise schema ' || ${place} || '.${prefix.toLowerCase()}', 0))`,
    ...(schema === undefined ? [] : [`CREATE SCHEMA IF NOT EXISTS "${schema}"`]),
    `CREATE TABLE IF NOT EXISTS ${names.qualified('SCHEMA_VERSION')} (
  VERSION INT NOT NULL PRIMARY KEY,
  APPLIED_AT TIMESTAMP(6) NOT NULL
)`,
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
