import { OptionCheck } from '../domain/check-option.js'
import type { SqlDatabase } from '../sql/sql-connection.js'
import { checkMysqlPool, MysqlDatabase } from '../sql/mysql/mysql-database.js'
import type { MysqlPool } from '../sql/mysql/mysql-port.js'
import { SqlTransaction } from './sql-transaction.js'
import type { TransactionManager } from './transaction.js'

/** Options of {@link MysqlTransactionManager}. */
export interface MysqlTransactionManagerOptions {
  /** The pool of the database to write to. */
  readonly pool: MysqlPool
}

/**
 * Transactions on a MySQL or MariaDB database. A step needs one of its own only when it writes to a database other than
 * the repository's; its writes are at-least-once then, since no transaction spans both.
 */
export class MysqlTransactionManager implements TransactionManager {
  readonly resource: object
  readonly #database: SqlDatabase

  constructor(options: MysqlTransactionManagerOptions) {
    const check = new OptionCheck('MysqlTransactionManager')
    check.object(options, ['pool'])
    checkMysqlPool(check, options.pool)
    this.#database = new MysqlDatabase(options.pool)
    this.resource = options.pool
  }

  get maxConnections(): number | undefined {
    return this.#database.maxConnections
  }

  async begin({ label }: { readonly label?: string } = {}): Promise<SqlTransaction> {
    const connection = await this.#database.connect()
    const name = label === undefined ? [] : connection.showName(label)
    return new SqlTransaction(connection, [{ text: 'START TRANSACTION' }, ...name], this.resource)
  }
}
