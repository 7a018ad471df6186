import { OptionCheck } from '../../domain/check-option.js'
import { BoundSql } from '../../sql/named-parameters.js'
import { encodeParameter } from '../../sql/postgres/encode.js'
import { postgresSyntax } from '../../sql/postgres/postgres-syntax.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import { checkPgPool } from '../../sql/postgres/postgres-database.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import type { QueryParameters } from './select-query.js'
import { WrittenRowCountError } from './writer-errors.js'
import { WriterTransaction } from './writer-transaction.js'

/** Options of {@link PostgresStatementItemWriter}. */
export interface PostgresStatementItemWriterOptions<T> {
  /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
  readonly pool?: PgPool
  /** The statement that is run for each item, taken as it is; `:name` is a parameter. */
  readonly sql: string
  /** The values of the parameters for an item, no more and no less than the statement names. By default its properties. */
  readonly parameters?: (item: T, context: WriteContext) => QueryParameters
  /** Whether a statement that changes no row is an error, default false. */
  readonly checkRows?: boolean
}

const OWNER = 'PostgresStatementItemWriter'

/**
 * Runs a statement of your own for each item, in the chunk's transaction. All statements of a chunk are sent together
 * and run one after another.
 *
 * Values are bound as `pg` binds them. Throws `InvalidOptionError` for parameters that are missing, `SqlError` for what
 * the database refuses, with the item's index in the chunk as `statementIndex`, and `WrittenRowCountError` with
 * `checkRows`.
 */
export class PostgresStatementItemWriter<T = Record<string, unknown>> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly pool: PgPool | undefined
  readonly #transaction: WriterTransaction
  readonly #sql: BoundSql
  readonly #parameters: ((item: T, context: WriteContext) => QueryParameters) | undefined
  readonly #checkRows: boolean

  constructor(options: PostgresStatementItemWriterOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, ['pool', 'sql', 'parameters', 'checkRows'])
    this.pool = options.pool === undefined ? undefined : checkPgPool(check, options.pool)
    this.#transaction = new WriterTransaction(OWNER, this.pool)
    this.#sql = new BoundSql(check, 'sql', options.sql, postgresSyntax)
    this.#parameters = options.parameters
    if (options.parameters !== undefined && typeof options.parameters !== 'function') {
      check.fail('parameters', options.parameters, 'a function of the item')
    }
    this.#checkRows = options.checkRows !== undefined && check.boolean('checkRows', options.checkRows)
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    const statements = items.map((item) => ({ text: this.#sql.text, values: this.#values(item, context) }))
    await this.#transaction.run(context, async (transaction) => {
      // Alone on the wire, so that the index of a failed statement is the item's.
      await transaction.flush()
      const results = await transaction.connection.run(statements)
      if (!this.#checkRows) return
      const missing = results.findIndex(({ rowCount }) => rowCount === 0)
      if (missing < 0) return
      const written = results.filter(({ rowCount }) => rowCount > 0).length
      throw new WrittenRowCountError(OWNER, items.length, written, { index: missing })
    })
  }

  #values(item: T, context: WriteContext): ReturnType<typeof encodeParameter>[] {
    const values =
      this.#parameters === undefined
        ? this.#sql.pick(item as QueryParameters)
        : this.#sql.order(this.#parameters(item, context))
    return values.map(encodeParameter)
  }
}
