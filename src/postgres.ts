export { PostgresTransactionManager } from './transaction/postgres-transaction-manager.js'
export type { PostgresTransactionManagerOptions } from './transaction/postgres-transaction-manager.js'
export type { PgConnection, PgPool, PgPoolClient, PgSubmittable } from './sql/postgres/pg-port.js'
