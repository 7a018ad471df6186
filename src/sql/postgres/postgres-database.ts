import type { OptionCheck } from '../../domain/check-option.js'
import type { SqlConnection, SqlDatabase } from '../sql-connection.js'
import type { PgPool } from './pg-port.js'
import { PostgresConnection } from './postgres-connection.js'
import { toSqlError } from './postgres-errors.js'

/** A PostgreSQL database over the `pg` pool of the host. */
export class PostgresDatabase implements SqlDatabase {
  readonly pool: PgPool

  constructor(pool: PgPool) {
    this.pool = pool
  }

  get maxConnections(): number | undefined {
    const max = this.pool.options?.max
    return typeof max === 'number' ? max : undefined
  }

  async connect(): Promise<SqlConnection> {
    try {
      return new PostgresConnection(await this.pool.connect())
    } catch (error) {
      throw toSqlError(error)
    }
  }
}

/** Checks the `pool` option of whatever takes one. */
export function checkPgPool(check: OptionCheck, pool: PgPool): PgPool {
  return check.methods('pool', pool, ['connect', 'query', 'end'], 'a Pool of the package pg')
}
