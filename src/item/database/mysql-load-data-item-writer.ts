import type { MysqlPool } from '../../sql/mysql/mysql-port.js'
import { AppendItemWriter, type AppendOptions } from './append-item-writer.js'
import type { MysqlColumn } from './mysql-catalog.js'
import { mysqlLoadData } from './mysql-load-data.js'
import { mysqlWrites } from './mysql-writes.js'

/** Options of {@link MysqlLoadDataItemWriter}. */
export type MysqlLoadDataItemWriterOptions<T> = AppendOptions<T> & {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: MysqlPool
}

/**
 * Appends a chunk's items with `LOAD DATA LOCAL INFILE` from memory (no file is read), in the chunk's transaction. Values,
 * pool and errors are those of `MysqlBatchItemWriter`. There is no upsert: a row that is there is an `SqlError`, and so is
 * every value that the server would only warn of, as it does with this statement.
 *
 * The server must allow it (`local_infile = ON`), and the pool must not forbid it (`flags: ['-LOCAL_FILES']`); else
 * `LocalInfileDisabledError` names the setting to change.
 */
export class MysqlLoadDataItemWriter<T = Record<string, unknown>> extends AppendItemWriter<T, MysqlPool, MysqlColumn> {
  constructor(options: MysqlLoadDataItemWriterOptions<T>) {
    const owner = 'MysqlLoadDataItemWriter'
    super(owner, options, mysqlWrites, mysqlLoadData(owner))
  }
}
