import pg from 'pg'
import { PostgresJobRepository } from 'chunkwise/postgres'
import { postgresItems } from '../postgres/items.js'
import { createTables, insertUsers } from '../postgres/schema.sql.js'
import { BEFORE, type DemoDatabase } from './database.js'

const SCHEMA = 'chunkwise_demo'

/** The demo in a schema of its own; its connections see that schema only. */
export function postgresDatabase(databaseUrl: string, max: number): DemoDatabase {
  const pool = new pg.Pool({ connectionString: databaseUrl, options: `-c search_path=${SCHEMA}`, max })
  // A connection that breaks while it is idle; the pool replaces it. Without a listener Node would end the process.
  pool.on('error', () => {})
  const repository = new PostgresJobRepository({ pool })
  return {
    place: `the schema ${SCHEMA}`,
    items: postgresItems(pool),
    repository,
    async prepare(users) {
      await pool.query(`drop schema if exists ${SCHEMA} cascade`)
      await pool.query(`create schema ${SCHEMA}`)
      await createTables(pool)
      await insertUsers(pool, users)
      await repository.initializeSchema()
    },
    async row(sql, client) {
      const values = sql.includes(':before') ? [BEFORE] : []
      const on = client === undefined ? pool : (client as pg.PoolClient)
      return (await on.query(sql.replace(':before', '$1'), values)).rows[0]
    },
    close: () => pool.end(),
  }
}
