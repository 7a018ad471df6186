import { MysqlJobRepository } from 'chunkwise/mysql'
import type mysql from 'mysql2/promise'
import { freshMysqlDatabase } from './mysql-databases.js'

/** A pool on a MySQL database of this file with the repository's tables. `statements` make further ones. */
export async function mysqlPool(
  statements: readonly string[] = [],
  options: mysql.PoolOptions = {},
): Promise<mysql.Pool> {
  const database = await freshMysqlDatabase()
  const pool = database.pool({ connectionLimit: 8, ...options })
  await new MysqlJobRepository({ pool }).initializeSchema()
  for (const statement of statements) await pool.query(statement)
  return pool
}
