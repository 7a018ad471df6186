import { OptionCheck } from '../../domain/check-option.js'
import { checkPgPool, PostgresDatabase } from '../../sql/postgres/postgres-database.js'
import { postgresDialect } from '../../sql/postgres/postgres-dialect.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import type { SqlDatabase } from '../../sql/sql-connection.js'
import { PostgresTransactionManager } from '../../transaction/postgres-transaction-manager.js'
import { SqlJobRepository } from '../sql/sql-job-repository.js'
import { sqlTables } from '../sql/sql-tables.js'
import { postgresCheckpoint } from './postgres-checkpoint.js'
import { postgresRange } from './postgres-range.js'
import { postgresSessions } from './postgres-sessions.js'
import { schemaScript } from './schema-migrations.js'
import { type SchemaNames, schemaNames } from '../sql/schema-names.js'
import { setUpSchema } from './schema-setup.js'

/** Quoted in the case that PostgreSQL folds it to, so that it may be a reserved word. */
const fold = (schema: string): { readonly name: string; readonly quoted: string } => ({
  name: schema.toLowerCase(),
  quoted: `"${schema.toLowerCase()}"`,
})

/** Options of {@link PostgresJobRepository}. */
export interface PostgresJobRepositoryOptions {
  /**
   * The host's pool. Give writers and readers the very same one, and what a chunk writes commits together with its
   * checkpoint. An operator keeps one connection of it; it needs two at least.
   */
  readonly pool: PgPool
  /** What the names of all tables and sequences begin with. Letters, digits and underscores, at most 40. Default `'BATCH_'`. */
  readonly prefix?: string
  /** The schema of the tables. A plain name, in any case. Default: the one that the connection's search path finds. */
  readonly schema?: string
}

/**
 * The job repository on PostgreSQL (12 and later), in the tables of Spring Batch 6 and some of its own. Tables that
 * Spring Batch has made are adopted: see docs/reference/schema.md.
 */
export class PostgresJobRepository extends SqlJobRepository {
  readonly #database: SqlDatabase
  readonly #names: SchemaNames

  /** Throws `InvalidOptionError`. Connects to nothing. */
  constructor(options: PostgresJobRepositoryOptions) {
    const check = new OptionCheck('PostgresJobRepository')
    check.object(options, ['pool', 'prefix', 'schema'])
    const pool = checkPgPool(check, options.pool)
    const names = schemaNames(check, options.prefix ?? 'BATCH_', options.schema, fold)
    const database = new PostgresDatabase(pool)
    const tables = sqlTables(names.qualified)
    super(
      {
        database,
        dialect: postgresDialect,
        sessions: postgresSessions,
        tables,
        checkpoint: (checkpoint) => postgresCheckpoint(tables, checkpoint),
        range: (record, lease) => postgresRange(tables, record, lease),
      },
      new PostgresTransactionManager({ pool }),
    )
    this.#database = database
    this.#names = names
  }

  /**
   * Makes what is missing of the tables, sequences and indexes, and the schema itself if one is named. Call it at every
   * start of the service: it is safe when many processes do at once, and needs no rights when everything is there.
   *
   * @throws SchemaError when the database refuses: somebody else has to run {@link schemaSql}
   */
  initializeSchema(): Promise<void> {
    return setUpSchema(this.#database, this.#names)
  }

  /** The SQL of {@link initializeSchema}, for those who run their own. It may be run again. */
  schemaSql(): string {
    return schemaScript(this.#names)
  }
}
