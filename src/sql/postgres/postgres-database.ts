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

  connect(): Promise<SqlConnection> {
    return new Promise((resolve, reject) => {
      // Not by a promise: a connection that dies at once would emit its error before anybody listens, and end the process.
      this.pool.connect((error, client) => {
        if (client === undefined) reject(toSqlError(error))
        else resolve(new PostgresConnection(client))
      })
    })
  }
}

/** Checks the `pool` option of whatever takes one. */
export function checkPgPool(check: OptionCheck, pool: PgPool): PgPool {
  return check.methods('pool', pool, ['connect', 'query', 'end'], 'a Pool of the package pg')
}
