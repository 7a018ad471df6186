import { encodeValue } from '../../sql/mysql/encode.js'
import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { mysqlSyntax } from '../../sql/mysql/mysql-syntax.js'
import { timezoneOf } from './mysql-catalog.js'
import { mysqlWrites } from './mysql-writes.js'
import { StatementItemWriter, type StatementOptions } from './statement-item-writer.js'

/** Options of {@link MysqlStatementItemWriter}. */
export interface MysqlStatementItemWriterOptions<T> extends StatementOptions<T> {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: MysqlPool
}

/**
 * Runs a statement of your own for each item, in the chunk's transaction, one after another, prepared once.
 *
 * Values are bound as `MysqlBatchItemWriter` writes them, without regard to a column's type: numbers as text, which MySQL
 * compares with a number as a double, so cast a key beyond 2^53 (`WHERE id = CAST(CONCAT(:id) AS UNSIGNED)`; without CONCAT,
 * MySQL cuts what is beyond 2^63).
 * Throws `InvalidOptionError` for parameters that are missing, `SqlError` for what
 * the database refuses, with the item's index in the chunk as `statementIndex`, and `WrittenRowCountError` with
 * `checkRows`.
 */
export class MysqlStatementItemWriter<T = Record<string, unknown>> extends StatementItemWriter<T, MysqlPool> {
  constructor(options: MysqlStatementItemWriterOptions<T>) {
    super('MysqlStatementItemWriter', options, mysqlWrites, {
      syntax: mysqlSyntax,
      encoder: (connection) => {
        const timezone = timezoneOf(connection)
        return (value) => encodeValue(value, timezone)
      },
    })
  }
}
