import { OptionCheck } from '../../domain/check-option.js'
import { checkMysqlPool, MysqlDatabase } from '../../sql/mysql/mysql-database.js'
import { mysqlDialect } from '../../sql/mysql/mysql-dialect.js'
import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { type SqlDatabase, withConnection } from '../../sql/sql-connection.js'
import { MysqlTransactionManager } from '../../transaction/mysql-transaction-manager.js'
import type { OwnerRequest, OwnerSession } from '../lease.js'
import { type SchemaNames, schemaNames } from '../sql/schema-names.js'
import { SqlJobRepository } from '../sql/sql-job-repository.js'
import { sqlTables } from '../sql/sql-tables.js'
import { MysqlCheckpoints } from './mysql-checkpoint.js'
import { mysqlSessions } from './mysql-sessions.js'
import { schemaScript } from './schema-migrations.js'
import { setUpSchema } from './schema-setup.js'
import { refuseNonTransactional } from './table-engines.js'

const quote = (schema: string): { readonly name: string; readonly quoted: string } => ({
  name: schema,
  quoted: `\`${schema}\``,
})

/** Options of {@link MysqlJobRepository}. */
export interface MysqlJobRepositoryOptions {
  /**
   * The host's pool. Give writers and readers the very same one, and what a chunk writes commits together with its
   * checkpoint. An operator keeps one connection of it; it needs two at least.
   */
  readonly pool: MysqlPool
  /** What the names of all tables begin with. Letters, digits and underscores, at most 40. Default `'BATCH_'`. */
  readonly prefix?: string
  /** The database (schema) of the tables. A plain name. Default: the one that the connection is in. */
  readonly schema?: string
}

/**
 * The job repository on MySQL (8 and later) and MariaDB (10.6 and later), in the tables of Spring Batch 6 and some of its
 * own. Tables that Spring Batch has made are adopted: see docs/reference/schema.md.
 */
export class MysqlJobRepository extends SqlJobRepository {
  readonly #database: SqlDatabase
  readonly #names: SchemaNames
  /** Whether it is known that all tables have transactions. */
  #isSafe = false

  /** Throws `InvalidOptionError`. Connects to nothing. */
  constructor(options: MysqlJobRepositoryOptions) {
    const check = new OptionCheck('MysqlJobRepository')
    check.object(options, ['pool', 'prefix', 'schema'])
    const pool = checkMysqlPool(check, options.pool)
    const names = schemaNames(check, options.prefix ?? 'BATCH_', options.schema, quote)
    const database = new MysqlDatabase(pool)
    const tables = sqlTables(names.qualified)
    const checkpoints = new MysqlCheckpoints(tables)
    super(
      {
        database,
        dialect: mysqlDialect,
        sessions: mysqlSessions,
        tables,
        checkpoint: (checkpoint) => checkpoints.checkpoint(checkpoint),
        range: (record, lease) => checkpoints.range(record, lease),
      },
      new MysqlTransactionManager({ pool }),
    )
    this.#database = database
    this.#names = names
  }

  /**
   * Makes what is missing of the tables. Call it at every start of the service: it is safe when many processes do at
   * once, and needs no rights when everything is there. A database named by `schema` has to be there.
   *
   * @throws SchemaError when the database refuses: somebody else has to run {@link schemaSql}
   * @throws NonTransactionalTableError for tables that were there before, of an engine without transactions
   */
  initializeSchema(): Promise<void> {
    return setUpSchema(this.#database, this.#names)
  }

  override async openOwner(request: OwnerRequest): Promise<OwnerSession> {
    if (!this.#isSafe)
      await withConnection(this.#database, (connection) => refuseNonTransactional(connection, this.#names))
    this.#isSafe = true
    return super.openOwner(request)
  }

  /** The SQL of {@link initializeSchema}, for those who run their own. It may be run again. */
  schemaSql(): string {
    return schemaScript(this.#names)
  }
}
