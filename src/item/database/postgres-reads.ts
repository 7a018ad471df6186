import type { PgPool } from '../../sql/postgres/pg-port.js'
import { checkPgPool, PostgresDatabase } from '../../sql/postgres/postgres-database.js'
import { postgresReadDialect } from '../../sql/postgres/postgres-read-dialect.js'
import type { OpenReadPlug } from './read-plug.js'

/** Reads over a `pg` pool. */
export const postgresReads: OpenReadPlug<PgPool> = (check, pool) => ({
  database: new PostgresDatabase(checkPgPool(check, pool)),
  dialect: postgresReadDialect,
})
