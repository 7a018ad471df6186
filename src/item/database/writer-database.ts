import type { OptionCheck } from '../../domain/check-option.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { DatabaseName } from './writer-errors.js'

/** Where a writer writes. */
export interface WriterDatabase<P extends object = object> {
  readonly name: DatabaseName
  /** The writer's own pool, if it has one. */
  readonly pool: P | undefined
  /** Begins a transaction of the writer's own on its pool. */
  readonly begin: () => Promise<SqlTransaction>
}

/** Checks the option `pool` of a writer. */
export type OpenWriterDatabase<P extends object> = (check: OptionCheck, pool: P | undefined) => WriterDatabase<P>
