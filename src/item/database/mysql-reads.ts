import { checkMysqlPool, MysqlDatabase } from '../../sql/mysql/mysql-database.js'
import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { mysqlReadDialect } from '../../sql/mysql/mysql-read-dialect.js'
import type { OpenReadPlug } from './read-plug.js'

/** Reads over a `mysql2/promise` pool. */
export const mysqlReads: OpenReadPlug<MysqlPool> = (check, pool) => ({
  database: new MysqlDatabase(checkMysqlPool(check, pool)),
  dialect: mysqlReadDialect(pool),
})
