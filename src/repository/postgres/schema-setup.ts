import { type SqlConnection, type SqlDatabase, withConnection } from '../../sql/sql-connection.js'
import { schemaRefused } from '../sql/schema-refused.js'
import { applied, migrations, preamble } from './schema-migrations.js'
import type { SchemaNames } from '../sql/schema-names.js'

/**
 * Makes the schema or brings it up to date, in one transaction under a lock. What is up to date needs no right to create
 * anything; a schema from a later version is left as it is.
 */
export async function setUpSchema(database: SqlDatabase, names: SchemaNames): Promise<void> {
  await withConnection(database, async (connection) => {
    const newest = migrations(names).length
    if ((await currentVersion(connection, names)) >= newest) return
    try {
      await run(connection, [
        'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
        ...preambleOf(await hasSchema(connection, names), names),
      ])
      const version = await currentVersion(connection, names)
      const missing = migrations(names).filter((migration) => migration.version > version)
      await run(connection, [
        ...missing.flatMap((migration) => [...migration.statements, applied(names, migration.version)]),
        'COMMIT',
      ])
    } catch (error) {
      await run(connection, ['ROLLBACK']).catch(() => undefined)
      throw schemaRefused(error)
    }
  })
}

/** Creating a schema that is there needs a right of its own; so it is asked for first. */
async function hasSchema(connection: SqlConnection, { schema }: SchemaNames): Promise<boolean> {
  if (schema === undefined) return true
  const [result] = await connection.run([{ text: 'SELECT 1 FROM pg_namespace WHERE nspname = $1', values: [schema] }])
  return result?.rowCount === 1
}

function preambleOf(hasSchema: boolean, names: SchemaNames): readonly string[] {
  const all = preamble(names)
  return hasSchema ? all.filter((statement) => !statement.startsWith('CREATE SCHEMA')) : all
}

async function currentVersion(connection: SqlConnection, names: SchemaNames): Promise<number> {
  const table = names.qualified('SCHEMA_VERSION')
  const [found] = await connection.run([{ text: 'SELECT to_regclass($1)', values: [table] }])
  if (found?.rows[0]?.[0] === null) return 0
  const [result] = await connection.run([{ text: `SELECT COALESCE(MAX(VERSION), 0) FROM ${table}` }])
  return Number(result?.rows[0]?.[0])
}

async function run(connection: SqlConnection, texts: readonly string[]): Promise<void> {
  await connection.run(texts.map((text) => ({ text })))
}
