import { checkMysqlPool } from '../../sql/mysql/mysql-database.js'
import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { MysqlTransactionManager } from '../../transaction/mysql-transaction-manager.js'
import type { OpenWriterDatabase } from './writer-database.js'

/** Writes to MySQL or MariaDB. */
export const mysqlWrites: OpenWriterDatabase<MysqlPool> = (check, pool) => ({
  name: 'MySQL',
  pool: pool === undefined ? undefined : checkMysqlPool(check, pool),
  begin: () => new MysqlTransactionManager({ pool: pool as MysqlPool }).begin(),
})
