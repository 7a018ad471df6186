import { OptionCheck } from '../../domain/check-option.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import type { WriteContext } from '../item-context.js'
import type { ItemWriter } from '../item-writer.js'
import { TableTarget, type TargetColumn } from './table-target.js'
import type { BatchWrites, WritePlan } from './write-plan.js'
import { checkAmong, checkColumns, type WriterColumn, type WriterColumns } from './writer-columns.js'
import type { OpenWriterDatabase } from './writer-database.js'
import { WriterTransaction } from './writer-transaction.js'

/** What a batch writer does with its items. */
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

/** Options of a batch writer, besides its pool. */
export type BatchOptions<T> = WriterColumns<T> &
  WriteMode & {
    /** The table; a dot separates schema and table. */
    readonly table: string
    /**
     * Whether an item that no row was written for is an error. Not together with `onConflict`. Default: true for update and
     * delete, where such a row is not there, and false for insert, where only a trigger can do that.
     */
    readonly checkRows?: boolean
  }

const OPTIONS = ['pool', 'table', 'columns', 'naming', 'mode', 'onConflict', 'keyColumns', 'checkRows']

/** What the batch writers of all databases share: see `PostgresBatchItemWriter` and `MysqlBatchItemWriter`. */
export abstract class BatchItemWriter<T, P extends object, C extends TargetColumn> implements ItemWriter<T> {
  readonly transactional = true
  readonly usesClient = false
  readonly pool: P | undefined
  readonly #transaction: WriterTransaction
  readonly #table: TableTarget<T, C>
  readonly #writes: BatchWrites<C>
  readonly #draft: Omit<WritePlan<C>, 'columns'>
  #plan: WritePlan<C> | undefined

  constructor(
    owner: string,
    options: BatchOptions<T> & { readonly pool?: P },
    open: OpenWriterDatabase<P>,
    writes: BatchWrites<C>,
  ) {
    const check = new OptionCheck(owner)
    check.object(options, OPTIONS)
    const database = open(check, options.pool)
    this.pool = database.pool
    this.#transaction = new WriterTransaction(owner, database)
    this.#writes = writes
    const mode =
      options.mode === undefined ? 'insert' : check.oneOf('mode', options.mode, ['insert', 'update', 'delete'])
    const columns = checkColumns<T>(check, options.columns, options.naming)
    const onConflict = checkConflict(check, options)
    const keys = checkKeys(check, mode, options, columns)
    const checkRows =
      options.checkRows === undefined ? mode !== 'insert' : check.boolean('checkRows', options.checkRows)
    if (checkRows && onConflict !== undefined) check.fail('checkRows', true, 'left out together with `onConflict`')
    // A delete sends the keys alone.
    const sent = mode === 'delete' ? keys.map((key) => columns[key] as WriterColumn<T>) : columns
    this.#table = new TableTarget(owner, check, options.table, sent, writes.catalog)
    this.#draft = {
      owner,
      mode,
      name: this.#table.name,
      table: this.#table.sql,
      keys: mode === 'delete' ? sent.map((_column, index) => index) : keys,
      onConflict,
      checkRows,
    }
  }

  write(items: readonly T[], context: WriteContext): void | Promise<void> {
    return this.#transaction.run(context, (transaction) => {
      const known = this.#table.known(context)
      if (known !== undefined) return this.#write(items, transaction, known)
      return this.#table.resolve(transaction, context).then((found) => this.#write(items, transaction, found))
    })
  }

  #write(items: readonly T[], transaction: SqlTransaction, columns: readonly C[]): void | Promise<void> {
    if (this.#plan?.columns !== columns) this.#plan = { ...this.#draft, columns }
    const values = columns.map((_column, index) => this.#table.values(items, index))
    return this.#writes.write(transaction, this.#plan, values)
  }
}

function checkKeys<T>(
  check: OptionCheck,
  mode: WritePlan['mode'],
  options: BatchOptions<T>,
  columns: readonly WriterColumn<T>[],
): readonly number[] {
  if (mode === 'insert') {
    if (options.keyColumns !== undefined) check.fail('keyColumns', options.keyColumns, 'left out for an insert')
    if (options.onConflict === undefined) return []
    return checkAmong(check, 'onConflict.columns', options.onConflict.columns, columns)
  }
  const keys = checkAmong(check, 'keyColumns', options.keyColumns, columns)
  if (mode === 'update' && keys.length === columns.length) {
    check.fail('columns', options.columns, 'columns to set besides the key columns')
  }
  return keys
}

function checkConflict(check: OptionCheck, { mode, onConflict }: WriteMode): 'update' | 'nothing' | undefined {
  if (onConflict === undefined) return undefined
  if ((mode ?? 'insert') !== 'insert') check.fail('onConflict', onConflict, `left out for mode '${String(mode)}'`)
  check.object(onConflict, ['columns', 'do'])
  return check.oneOf('onConflict.do', onConflict.do, ['update', 'nothing'])
}
