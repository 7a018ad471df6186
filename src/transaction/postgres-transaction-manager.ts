import { OptionCheck } from '../domain/check-option.js'
import type { SqlDatabase, SqlStatement } from '../sql/sql-connection.js'
import { checkPgPool, PostgresDatabase } from '../sql/postgres/postgres-database.js'
import type { PgPool } from '../sql/postgres/pg-port.js'
import { SqlTransaction } from './sql-transaction.js'
import type { TransactionManager } from './transaction.js'

/** Checks at once what is deferred to COMMIT. */
const CHECK_CONSTRAINTS: readonly SqlStatement[] = [
  { text: 'SET CONSTRAINTS ALL IMMEDIATE' },
  { text: 'SET CONSTRAINTS ALL DEFERRED' },
]

/** Options of {@link PostgresTransactionManager}. */
export interface PostgresTransactionManagerOptions {
  /** The pool of the database to write to. */
  readonly pool: PgPool
}

/**
 * Transactions on a PostgreSQL database. A step needs one of its own only when it writes to a database other than the
 * repository's; its writes are at-least-once then, since no transaction spans both.
 */
export class PostgresTransactionManager implements TransactionManager {
  readonly resource: object
  readonly #database: SqlDatabase

  constructor(options: PostgresTransactionManagerOptions) {
    const check = new OptionCheck('PostgresTransactionManager')
    check.object(options, ['pool'])
    checkPgPool(check, options.pool)
    this.#database = new PostgresDatabase(options.pool)
    this.resource = options.pool
  }

  get maxConnections(): number | undefined {
    return this.#database.maxConnections
  }

  async begin({ label }: { readonly label?: string } = {}): Promise<SqlTransaction> {
    const connection = await this.#database.connect()
    const name = label === undefined ? [] : connection.showName(label)
    return new SqlTransaction(connection, [{ text: 'BEGIN' }, ...name], this.resource, CHECK_CONSTRAINTS)
  }
}
