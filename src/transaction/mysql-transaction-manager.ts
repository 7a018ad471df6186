import { OptionCheck } from '../domain/check-option.js'
import type { SqlDatabase } from '../sql/sql-connection.js'
import { checkMysqlPool, MysqlDatabase } from '../sql/mysql/mysql-database.js'
import { coreOf, type MysqlPool, type MysqlPoolConnection } from '../sql/mysql/mysql-port.js'
import { SqlTransaction } from './sql-transaction.js'
import type { TransactionManager } from './transaction.js'

/** Options of {@link MysqlTransactionManager}. */
export interface MysqlTransactionManagerOptions {
  /** The pool of the database to write to. */
  readonly pool: MysqlPool
}

/** The label that a connection shows, whoever gave it: it keeps it, since it costs a round trip. */
const shown = new WeakMap<object, string>()

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

  async begin(options: { readonly label?: string } = {}): Promise<SqlTransaction> {
    const connection = await this.#database.connect()
    const core = coreOf(connection.client as MysqlPoolConnection)
    const start = { text: 'START TRANSACTION' }
    const { label } = options
    const before = shown.get(core)
    if (label === undefined || before === label) {
      return new SqlTransaction(connection, [start], this.resource)
    }
    // A lock named by label and connection: a takeover finds the sessions of a dead owner by it.
    const show = { text: "SELECT GET_LOCK(CONCAT(?, '#', CONNECTION_ID()), 0)", values: [label] }
    // With two labels, a takeover of the one owner would end a chunk of the other.
    const hide =
      before === undefined ? [] : [{ text: "SELECT RELEASE_LOCK(CONCAT(?, '#', CONNECTION_ID()))", values: [before] }]
    // A transaction that sends nothing has not shown it.
    return new SqlTransaction(connection, [...hide, show, start], this.resource, [], () => shown.set(core, label))
  }
}
