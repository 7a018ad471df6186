import type { OptionCheck } from '../../domain/check-option.js'
import type { SqlConnection, SqlDatabase } from '../sql-connection.js'
import { MysqlConnection } from './mysql-connection.js'
import { toMysqlError } from './mysql-errors.js'
import type { MysqlPool } from './mysql-port.js'

/** A MySQL or MariaDB database over the `mysql2/promise` pool of the host. */
export class MysqlDatabase implements SqlDatabase {
  readonly pool: MysqlPool

  constructor(pool: MysqlPool) {
    this.pool = pool
  }

  get maxConnections(): number | undefined {
    const inner = this.pool.pool as { readonly config?: { readonly connectionLimit?: unknown } } | undefined
    const limit = inner?.config?.connectionLimit
    // 0 is no limit.
    return typeof limit === 'number' && limit > 0 ? limit : undefined
  }

  async connect(): Promise<SqlConnection> {
    try {
      return new MysqlConnection(await this.pool.getConnection())
    } catch (error) {
      throw toMysqlError(error)
    }
  }
}

/** Checks the `pool` option of whatever takes one. */
export function checkMysqlPool(check: OptionCheck, pool: MysqlPool): MysqlPool {
  return check.methods('pool', pool, ['getConnection', 'query', 'execute', 'end'], 'a pool of mysql2/promise')
}
