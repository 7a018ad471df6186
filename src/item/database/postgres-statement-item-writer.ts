import { encodeParameter } from '../../sql/postgres/encode.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import { postgresSyntax } from '../../sql/postgres/postgres-syntax.js'
import { postgresWrites } from './postgres-writes.js'
import { StatementItemWriter, type StatementOptions } from './statement-item-writer.js'

/** Options of {@link PostgresStatementItemWriter}. */
export interface PostgresStatementItemWriterOptions<T> extends StatementOptions<T> {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: PgPool
}

/**
 * Runs a statement of your own for each item, in the chunk's transaction. All statements of a chunk are sent together
 * and run one after another.
 *
 * Values are bound as `pg` binds them. Throws `InvalidOptionError` for parameters that are missing, `SqlError` for what
 * the database refuses, with the item's index in the chunk as `statementIndex`, and `WrittenRowCountError` with
 * `checkRows`.
 */
export class PostgresStatementItemWriter<T = Record<string, unknown>> extends StatementItemWriter<T, PgPool> {
  constructor(options: PostgresStatementItemWriterOptions<T>) {
    super('PostgresStatementItemWriter', options, postgresWrites, {
      syntax: postgresSyntax,
      encoder: () => encodeParameter,
    })
  }
}
