import { OptionCheck } from '../../domain/check-option.js'
import { BoundSql } from '../../sql/named-parameters.js'
import type { SqlSyntax } from '../../sql/split-sql.js'
import type { SqlConnection, SqlValue } from '../../sql/sql-connection.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import type { QueryParameters } from './select-query.js'
import type { OpenWriterDatabase } from './writer-database.js'
import { WrittenRowCountError } from './writer-errors.js'
import { WriterTransaction } from './writer-transaction.js'

/** Options of a statement writer, besides its pool. */
export interface StatementOptions<T> {
  /** The statement that is run for each item, taken as it is; `:name` is a parameter. */
  readonly sql: string
  /** The values of the parameters for an item, no more and no less than the statement names. Default: the item's properties. */
  readonly parameters?: (item: T, context: WriteContext) => QueryParameters
  /** Whether a statement that changes no row is an error. Default false. */
  readonly checkRows?: boolean
}

/** How a database takes statements. */
export interface StatementDialect {
  readonly syntax: SqlSyntax
  /** What binds a value on a connection. */
  readonly encoder: (connection: SqlConnection) => (value: unknown) => SqlValue
}

/** What the statement writers of all databases share: see `PostgresStatementItemWriter` and `MysqlStatementItemWriter`. */
export abstract class StatementItemWriter<T, P extends object> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly pool: P | undefined
  readonly #owner: string
  readonly #transaction: WriterTransaction
  readonly #dialect: StatementDialect
  readonly #sql: BoundSql
  readonly #parameters: ((item: T, context: WriteContext) => QueryParameters) | undefined
  readonly #checkRows: boolean

  constructor(
    owner: string,
    options: StatementOptions<T> & { readonly pool?: P },
    open: OpenWriterDatabase<P>,
    dialect: StatementDialect,
  ) {
    const check = new OptionCheck(owner)
    check.object(options, ['pool', 'sql', 'parameters', 'checkRows'])
    const database = open(check, options.pool)
    this.pool = database.pool
    this.#owner = owner
    this.#transaction = new WriterTransaction(owner, database)
    this.#dialect = dialect
    this.#sql = new BoundSql(check, 'sql', options.sql, dialect.syntax)
    this.#parameters = options.parameters
    if (options.parameters !== undefined && typeof options.parameters !== 'function') {
      check.fail('parameters', options.parameters, 'a function of the item')
    }
    this.#checkRows = options.checkRows !== undefined && check.boolean('checkRows', options.checkRows)
  }

  async write(items: readonly T[], context: WriteContext): Promise<void> {
    const chosen = items.map((item) => this.#values(item, context))
    await this.#transaction.run(context, async (transaction) => {
      const encode = this.#dialect.encoder(transaction.connection)
      const statements = chosen.map((values) => ({ text: this.#sql.text, values: values.map(encode) }))
      // Alone on the wire, so that the index of a failed statement is the item's.
      await transaction.flush()
      const results = await transaction.connection.run(statements)
      if (!this.#checkRows) return
      const missing = results.findIndex(({ rowCount }) => rowCount === 0)
      if (missing < 0) return
      const written = results.filter(({ rowCount }) => rowCount > 0).length
      throw new WrittenRowCountError(this.#owner, items.length, written, { index: missing })
    })
  }

  #values(item: T, context: WriteContext): readonly unknown[] {
    if (this.#parameters === undefined) return this.#sql.pick(item as QueryParameters)
    return this.#sql.order(this.#parameters(item, context))
  }
}
