import { batchRows } from '../../sql/mysql/row-batches.js'
import type { SqlResult, SqlStatement, SqlValue } from '../../sql/sql-connection.js'
import { SqlError } from '../../sql/sql-error.js'
import type { SqlTransaction } from '../../transaction/sql-transaction.js'
import { type MysqlColumn, mysqlCatalog } from './mysql-catalog.js'
import { deleteStatement, findStatement, insertStatement, updateStatement } from './mysql-write-statement.js'
import { type Columns, encodingError, type TableCatalog } from './table-target.js'
import { type BatchWrites, keyOf, lastOfEach, type WritePlan } from './write-plan.js'
import { NoUniqueKeyError, WrittenRowCountError } from './writer-errors.js'

type Plan = WritePlan<MysqlColumn>
type Row = readonly SqlValue[]

/** The number is out of range: how an upsert refuses a row that was found by another key. */
const OUT_OF_RANGE = 1690

/** Inserts a chunk by statements of many rows; updates and deletes row by row, with one prepared statement. */
export class MysqlBatch implements BatchWrites<MysqlColumn> {
  readonly catalog: TableCatalog<MysqlColumn> = mysqlCatalog
  #plan: Plan | undefined
  #insert: ((rows: number) => string) | undefined
  /** The largest number of rows so far: that of a chunk from which nothing was filtered. */
  #usual = 0

  write(transaction: SqlTransaction, plan: Plan, values: Columns): void | Promise<void> {
    if (this.#plan !== plan) {
      checkUniqueKey(plan)
      this.#insert = insertStatement(plan)
      this.#plan = plan
    }
    return plan.mode === 'insert' ? this.#insertRows(transaction, plan, values) : change(transaction, plan, values)
  }

  #insertRows(transaction: SqlTransaction, plan: Plan, values: Columns): void | Promise<void> {
    const count = values[0]?.length ?? 0
    const width = plan.columns.length
    // The answer to BEGIN comes while the values are made ready.
    transaction.sendAhead()
    const sent = bindAll(plan, values)
    this.#usual = Math.max(this.#usual, count)
    let written = 0
    const onResult = ({ rowCount }: SqlResult): void => void (written += rowCount)
    for (const { from, to } of batchRows(sent, width, plan.columns[0]?.table.maxPacket ?? 0, this.#usual)) {
      const statement = {
        text: this.#insert?.(to - from) ?? '',
        bound: to - from === count ? sent : sent.slice(from * width, to * width),
      }
      transaction.queue(statement, onResult, (error) => conflictError(plan, error))
    }
    // Otherwise nobody waits for the answers: they come with the checkpoint and COMMIT.
    if (!plan.checkRows) return undefined
    return transaction.flush().then(() => {
      if (written !== count) throw new WrittenRowCountError(whatOf(plan), count, written)
    })
  }
}

/** Updates or deletes the rows of items, one after another. */
async function change(transaction: SqlTransaction, plan: Plan, values: Columns): Promise<void> {
  const { mode, keys, columns, checkRows } = plan
  const distinct = lastOfEach(plan, values)
  const sent = distinct ?? values
  const set = columns.map((_column, index) => index).filter((index) => !keys.includes(index))
  const text = mode === 'update' ? updateStatement(plan) : deleteStatement(plan)
  const rows = encodeRows(plan, sent, [...set, ...keys])
  const statements = rows.map((row): SqlStatement => ({ text, values: row }))
  if (!checkRows) {
    for (const statement of statements) transaction.queue(statement)
    return
  }
  // Where only the database knows which keys are equal, a row may be deleted twice: it is looked for before.
  const looksBefore = mode === 'delete' && distinct === undefined
  const find = findStatement(plan)
  const finds = looksBefore ? rows.map((row): SqlStatement => ({ text: find, values: row })) : []
  await transaction.flush()
  const results = await transaction.connection.run([...finds, ...statements])
  const found = results.slice(0, rows.length).map(({ rowCount }) => rowCount > 0)
  const missing = found.indexOf(false)
  if (missing < 0) return
  const written = found.filter(Boolean).length
  throw new WrittenRowCountError(whatOf(plan), rows.length, written, keyOf(plan, sent, missing))
}

/** The values of all items, one item after another. */
function bindAll({ columns }: Plan, values: Columns): readonly unknown[] {
  const binders = columns.map(({ bind }) => bind)
  const count = values[0]?.length ?? 0
  const all: unknown[] = []
  try {
    // By items, as they are sent: an array that is filled in leaps is five times as slow.
    for (let item = 0; item < count; item++) {
      for (let c = 0; c < binders.length; c++) all.push((binders[c] as MysqlColumn['bind'])(values[c]?.[item]))
    }
  } catch (error) {
    throw encodingError(columns, values, error)
  }
  return all
}

/** The values of each item, of the columns at `indexes`. */
function encodeRows({ columns }: Plan, values: Columns, indexes: readonly number[]): readonly Row[] {
  try {
    return (values[0] ?? []).map((_value, item) =>
      indexes.map((index) => (columns[index] as MysqlColumn).encode(values[index]?.[item])),
    )
  } catch (error) {
    throw encodingError(columns, values, error)
  }
}

/** Without such a key, every item would be inserted. */
function checkUniqueKey(plan: Plan): void {
  const known = plan.columns[0]?.table.uniqueKeys
  if (plan.onConflict === undefined || known === undefined) return
  const names = plan.keys.map((key) => (plan.columns[key] as MysqlColumn).name)
  const wanted = names.toSorted().join()
  if (known.some((key) => key.toSorted().join() === wanted)) return
  throw new NoUniqueKeyError(plan.owner, plan.name, names, known)
}

function conflictError(plan: Plan, error: SqlError): Error {
  const number = (error.cause as { readonly errno?: unknown } | undefined)?.errno
  if (plan.onConflict === undefined || number !== OUT_OF_RANGE) return error
  const names = plan.keys.map((key) => (plan.columns[key] as MysqlColumn).name).join(', ')
  const message = `an item's row is there by another unique key of ${plan.name} than (${names})`
  return new SqlError({ kind: 'duplicate-key', sqlState: '23000' }, new Error(message, { cause: error.cause }))
}

function whatOf(plan: Plan): string {
  return `${plan.mode} of ${plan.name}`
}
