import type { OptionCheck } from '../../domain/check-option.js'
import type { SqlConnection, SqlDatabase } from '../sql-connection.js'
import { MysqlConnection } from './mysql-connection.js'
import { toMysqlError } from './mysql-errors.js'
import { coreOf, type MysqlPool } from './mysql-port.js'
import { forgetName } from './session-name.js'

/** What the pool says of itself. */
interface PoolConfig {
  readonly connectionLimit?: unknown
  /** Whether a connection that comes back loses its locks, and all else that is the session's. */
  readonly resetOnRelease?: unknown
}

/** A MySQL or MariaDB database over the `mysql2/promise` pool of the host. */
export class MysqlDatabase implements SqlDatabase {
  readonly pool: MysqlPool

  constructor(pool: MysqlPool) {
    this.pool = pool
  }

  get maxConnections(): number | undefined {
    const limit = configOf(this.pool)?.connectionLimit
    // 0 is no limit.
    return typeof limit === 'number' && limit > 0 ? limit : undefined
  }

  async connect(): Promise<SqlConnection> {
    try {
      const client = await this.pool.getConnection()
      if (configOf(this.pool)?.resetOnRelease === true) forgetName(coreOf(client))
      return new MysqlConnection(client)
    } catch (error) {
      throw toMysqlError(error)
    }
  }
}

function configOf({ pool }: MysqlPool): PoolConfig | undefined {
  return (pool as { readonly config?: PoolConfig } | undefined)?.config
}

/** Checks the `pool` option of whatever takes one. */
export function checkMysqlPool(check: OptionCheck, pool: MysqlPool): MysqlPool {
  return check.methods('pool', pool, ['getConnection', 'query', 'execute', 'end'], 'a pool of mysql2/promise')
}
