import { SchemaError } from '../../domain/ownership-errors.js'
import { type SqlConnection, type SqlDatabase, withConnection } from '../../sql/sql-connection.js'
import { SqlError } from '../../sql/sql-error.js'
import type { SchemaNames } from '../sql/schema-names.js'
import { schemaRefused } from '../sql/schema-refused.js'
import { applied, migrations, versions } from './schema-migrations.js'
import { refuseNonTransactional } from './table-engines.js'

/** How long one process waits for another that makes the schema, in seconds. */
const PATIENCE = 120

/**
 * Makes the schema or brings it up to date, one process at a time. MySQL commits DDL statement by statement: who dies on
 * the way leaves what was done, and the next call does the rest. What is up to date needs no right to create anything; a
 * schema from a later version is left as it is. `patience` is how long it waits for another process, in seconds.
 */
export async function setUpSchema(
  database: SqlDatabase,
  names: SchemaNames,
  patience: number = PATIENCE,
): Promise<void> {
  await withConnection(database, async (connection) => {
    await refuseNonTransactional(connection, names)
    const newest = migrations(names).length
    if ((await currentVersion(connection, names)) >= newest) return
    const lock = await takeLock(connection, names, patience)
    try {
      await run(connection, [versions(names)])
      const version = await currentVersion(connection, names)
      for (const migration of migrations(names).filter((one) => one.version > version)) {
        await run(connection, [...migration.statements, applied(names, migration.version)])
      }
    } catch (error) {
      throw schemaRefused(error)
    } finally {
      await connection.run([{ text: 'SELECT RELEASE_LOCK(?)', values: [lock] }]).catch(() => undefined)
    }
  })
}

/** A lock's name is the server's, so it has the database in it; it has at most 64 characters. Throws if it is not had. */
async function takeLock(connection: SqlConnection, { schema, prefix }: SchemaNames, patience: number): Promise<string> {
  const place = schema === undefined ? 'DATABASE()' : `'${schema}'`
  const [named] = await connection.run([
    { text: `SELECT CONCAT('chunkwise ', LEFT(SHA2(CONCAT(${place}, '.${prefix}'), 256), 40))` },
  ])
  const lock = named?.rows[0]?.[0] ?? 'chunkwise'
  const [taken] = await connection.run([{ text: `SELECT GET_LOCK(?, ${patience})`, values: [lock] }])
  if (taken?.rows[0]?.[0] !== '1') {
    throw new SchemaError(
      `another process has been making the repository's tables for ${patience} s, and they are not there yet: try again`,
    )
  }
  return lock
}

async function currentVersion(connection: SqlConnection, names: SchemaNames): Promise<number> {
  try {
    const query = `SELECT COALESCE(MAX(VERSION), 0) FROM ${names.qualified('SCHEMA_VERSION')}`
    const [result] = await connection.run([{ text: query }])
    return Number(result?.rows[0]?.[0])
  } catch (error) {
    if (error instanceof SqlError && error.kind === 'undefined-table') return 0
    throw error
  }
}

async function run(connection: SqlConnection, texts: readonly string[]): Promise<void> {
  await connection.run(texts.map((text) => ({ text })))
}
