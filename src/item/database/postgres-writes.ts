import type { PgPool } from '../../sql/postgres/pg-port.js'
import { checkPgPool } from '../../sql/postgres/postgres-database.js'
import { PostgresTransactionManager } from '../../transaction/postgres-transaction-manager.js'
import type { OpenWriterDatabase } from './writer-database.js'

/** Writes to PostgreSQL. */
export const postgresWrites: OpenWriterDatabase<PgPool> = (check, pool) => ({
  name: 'PostgreSQL',
  pool: pool === undefined ? undefined : checkPgPool(check, pool),
  begin: () => new PostgresTransactionManager({ pool: pool as PgPool }).begin(),
})
