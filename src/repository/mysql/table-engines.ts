import { firstNonTransactional, NonTransactionalTableError } from '../../sql/mysql/table-engine.js'
import type { SqlConnection, SqlResult } from '../../sql/sql-connection.js'
import type { SchemaNames } from '../sql/schema-names.js'
import { sqlTables } from '../sql/sql-tables.js'

/**
 * Refuses tables that keep what was rolled back, whoever made them: neither leases nor checkpoints would hold. Those that
 * are not there yet are passed over.
 */
export async function refuseNonTransactional(connection: SqlConnection, names: SchemaNames): Promise<void> {
  const { schema, prefix } = names
  const here = schema ?? (await connection.run([{ text: 'SELECT DATABASE()' }]))[0]?.rows[0]?.[0] ?? ''
  const tables = suffixes().map((suffix) => [here, prefix + suffix] as const)
  const found = await firstNonTransactional(
    async (statement) => (await connection.run([statement]))[0] as SqlResult,
    tables,
  )
  if (found !== undefined) throw new NonTransactionalTableError('MysqlJobRepository', found)
}

function suffixes(): readonly string[] {
  const all: string[] = []
  sqlTables((suffix) => {
    all.push(suffix)
    return suffix
  })
  return all
}
