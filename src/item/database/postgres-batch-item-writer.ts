import { OptionCheck } from '../../domain/check-option.js'
import { columnLiteral } from '../../sql/postgres/column-encoder.js'
import type { PgPool } from '../../sql/postgres/pg-port.js'
import { checkPgPool } from '../../sql/postgres/postgres-database.js'
import type { SqlStatement } from '../../sql/sql-connection.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import { lastByKey } from './last-by-key.js'
import { type TargetColumns, TableTarget } from './table-target.js'
import { type WritePlan, writeStatement } from './write-statement.js'
import { checkAmong, checkColumns, type WriterColumns } from './writer-columns.js'
import { WrittenRowCountError } from './writer-errors.js'
import { WriterTransaction } from './writer-transaction.js'

/** What a {@link PostgresBatchItemWriter} does with its items. */
export type WriteMode =
  | {
      /** `'insert'`, the default: a row for each item. */
      readonly mode?: 'insert'
      /** What happens to an item whose row is there. By default it is an error. */
      readonly onConflict?: {
        /** The columns of the unique constraint or index. */
        readonly columns: readonly string[]
        /** `'update'`: the row gets the item's other columns. `'nothing'`: the row stays, the item counts as written. */
        readonly do: 'update' | 'nothing'
      }
      readonly keyColumns?: undefined
    }
  | {
      /** `'update'`: sets the other columns of the rows that `keyColumns` find. `'delete'`: deletes these rows. */
      readonly mode: 'update' | 'delete'
      /** The columns, of those in `columns`, that find an item's row. NULL finds none. */
      readonly keyColumns: readonly string[]
      readonly onConflict?: undefined
    }

/** Options of {@link PostgresBatchItemWriter}. */
export type PostgresBatchItemWriterOptions<T> = WriterColumns<T> &
  WriteMode & {
    /** The pool to write to. By default the step's transaction, which is what it also is when the pool is the same. */
    readonly pool?: PgPool
    /** The table; a dot separates schema and table. */
    readonly table: string
    /**
     * Whether an item that no row was written for is an error, by default true for update and delete, where such a row
     * is not there, and false for insert, where only a trigger can do that. Not together with `onConflict`.
     */
    readonly checkRows?: boolean
  }

const OWNER = 'PostgresBatchItemWriter'
const OPTIONS = ['pool', 'table', 'columns', 'naming', 'mode', 'onConflict', 'keyColumns', 'checkRows']

interface Prepared {
  readonly target: TargetColumns
  readonly plan: WritePlan
  readonly statement: string
  readonly distinctStatement: string
}

/**
 * Writes a chunk in one statement, with one array a column. Items of a chunk with the same key act as if they were
 * written one after another.
 *
 * Values: numbers, bigints and texts for any type that reads them, `Date` for dates and times, `Uint8Array` for bytes,
 * arrays for array columns; for `json` and `jsonb` every value is written as JSON, a string as a JSON string. `null` and
 * `undefined` are NULL. The column types are read from the catalog once a step. What a column cannot take is the
 * database's own error.
 *
 * Rows commit with the chunk. With the pool of another database they are committed before it: at-least-once.
 *
 * Throws `InvalidOptionError` for options that cannot work; when it writes, `UnknownTableError`, `UnknownColumnError`,
 * `WrittenRowCountError`, `ColumnValueError` for what has no text (a function), and `SqlError` for what the database
 * refuses, at the latest when the chunk commits.
 */
export class PostgresBatchItemWriter<T = Record<string, unknown>> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly pool: PgPool | undefined
  readonly #transaction: WriterTransaction
  readonly #table: TableTarget<T>
  readonly #mode: WritePlan['mode']
  readonly #keys: readonly number[]
  readonly #onConflict: 'update' | 'nothing' | undefined
  readonly #checkRows: boolean
  #prepared: Prepared | undefined

  constructor(options: PostgresBatchItemWriterOptions<T>) {
    const check = new OptionCheck(OWNER)
    check.object(options, OPTIONS)
    this.pool = options.pool === undefined ? undefined : checkPgPool(check, options.pool)
    this.#transaction = new WriterTransaction(OWNER, this.pool)
    this.#mode =
      options.mode === undefined ? 'insert' : check.oneOf('mode', options.mode, ['insert', 'update', 'delete'])
    const columns = checkColumns<T>(check, options.columns, options.naming)
    this.#onConflict = checkConflict(check, options)
    this.#keys = this.#checkKeys(check, options, columns)
    this.#checkRows =
      options.checkRows === undefined ? this.#mode !== 'insert' : check.boolean('checkRows', options.checkRows)
    if (this.#checkRows && this.#onConflict !== undefined) {
      check.fail('checkRows', true, 'left out together with `onConflict`')
    }
    // A delete sends the keys alone.
    const sent = this.#mode === 'delete' ? this.#keys.map((key) => columns[key] as (typeof columns)[number]) : columns
    if (this.#mode === 'delete') this.#keys = sent.map((_column, index) => index)
    this.#table = new TableTarget(OWNER, check, options.table, sent)
  }

  write(items: readonly T[], context: WriteContext): void | Promise<void> {
    return this.#transaction.run(context, (transaction) => {
      const target = this.#table.known(context)
      if (target !== undefined) return this.#write(items, transaction, target)
      return this.#table.resolve(transaction, context).then((found) => this.#write(items, transaction, found))
    })
  }

  #checkKeys(
    check: OptionCheck,
    options: PostgresBatchItemWriterOptions<T>,
    columns: ReturnType<typeof checkColumns<T>>,
  ): readonly number[] {
    if (this.#mode === 'insert') {
      if (options.keyColumns !== undefined) check.fail('keyColumns', options.keyColumns, 'left out for an insert')
      if (options.onConflict === undefined) return []
      return checkAmong(check, 'onConflict.columns', options.onConflict.columns, columns)
    }
    const keys = checkAmong(check, 'keyColumns', options.keyColumns, columns)
    if (this.#mode === 'update' && keys.length === columns.length) {
      check.fail('columns', options.columns, 'columns to set besides the key columns')
    }
    return keys
  }

  #write(items: readonly T[], transaction: SqlTransaction, target: TargetColumns): void | Promise<void> {
    const prepared = this.#prepare(target)
    const { plan } = prepared
    const values = this.#table.columns.map((_column, index) => this.#table.values(items, index))
    // Without a key, or where the first one wins anyway, every item is sent.
    const replaces = this.#keys.length > 0 && this.#onConflict !== 'nothing'
    const kept = replaces
      ? lastByKey(
          this.#keys.map((key) => target.columns[key] as (typeof target.columns)[number]),
          this.#keys.map((key) => values[key] ?? []),
        )
      : undefined
    const sent =
      kept === undefined || kept.length === items.length ? values : values.map((list) => kept.map((i) => list[i]))
    const text = replaces && kept === undefined ? prepared.distinctStatement : prepared.statement
    const statement: SqlStatement = { text, values: sent.map((list, index) => this.#literal(list, index, target)) }
    if (!this.#checkRows) {
      // Nobody waits for the answer: it travels with the checkpoint and COMMIT.
      transaction.queue(statement)
      return undefined
    }
    return this.#execute(transaction, statement, plan, sent)
  }

  async #execute(
    transaction: SqlTransaction,
    statement: SqlStatement,
    plan: WritePlan,
    sent: readonly (readonly unknown[])[],
  ): Promise<void> {
    const result = await transaction.execute(statement)
    const what = `${this.#mode} of ${this.#table.name}`
    if (!plan.reportsMissing) {
      const expected = sent[0]?.length ?? 0
      if (result.rowCount !== expected) throw new WrittenRowCountError(what, expected, result.rowCount)
      return
    }
    const [missing, first, expected] = (result.rows[0] ?? []).map(Number) as [number, number, number]
    if (missing === 0) return
    const key = this.#keys.map((index) => [this.#table.columns[index]?.name, sent[index]?.[first - 1]])
    throw new WrittenRowCountError(what, expected, expected - missing, Object.fromEntries(key))
  }

  #literal(values: readonly unknown[], index: number, target: TargetColumns): string {
    const encode = target.encoders[index] as (typeof target.encoders)[number]
    try {
      return columnLiteral(values, encode)
    } catch (error) {
      throw this.#table.encodingError(values, index, encode, error)
    }
  }

  #prepare(target: TargetColumns): Prepared {
    if (this.#prepared?.target === target) return this.#prepared
    const plan: WritePlan = {
      mode: this.#mode,
      table: this.#table.sql,
      columns: target.columns,
      keys: this.#keys,
      onConflict: this.#onConflict,
      reportsMissing: this.#checkRows && this.#mode !== 'insert',
    }
    this.#prepared = {
      target,
      plan,
      statement: writeStatement(plan, false),
      distinctStatement: this.#keys.length === 0 ? '' : writeStatement(plan, true),
    }
    return this.#prepared
  }
}

function checkConflict(
  check: OptionCheck,
  { mode, onConflict }: { readonly mode?: string | undefined; readonly onConflict?: unknown },
): 'update' | 'nothing' | undefined {
  if (onConflict === undefined) return undefined
  if (mode !== undefined && mode !== 'insert') check.fail('onConflict', onConflict, `left out for mode '${mode}'`)
  check.object(onConflict, ['columns', 'do'])
  return check.oneOf('onConflict.do', (onConflict as { readonly do?: unknown }).do, ['update', 'nothing'])
}
