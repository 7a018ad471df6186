import type { OptionCheck } from '../../domain/check-option.js'
import { quoteIdentifier } from '../../sql/identifier.js'
import { type KeyColumn, nullCheck, readKeyColumns } from '../../sql/postgres/key-column.js'
import { instantText } from '../../sql/postgres/decode-date.js'
import type { SqlField, SqlResult, SqlRow, SqlStatement, SqlValue } from '../../sql/sql-connection.js'
import { nearest } from '../../support/nearest.js'
import type { KeyValues } from './key-position.js'
import { LossySettingError, SortKeyNullError, SortKeyTieError } from './reader-errors.js'
import { behind, orderBy, type SortKey, upToAndWith } from './sort-keys.js'

/** A developer's query whose rows are read in the order of sort keys. */
export interface KeyedQueryOptions {
  readonly owner: string
  readonly check: OptionCheck
  /** The query in parentheses, with placeholders. */
  readonly source: string
  readonly values: readonly SqlValue[]
  readonly keys: readonly SortKey[]
  /** Whether the query reads one table, so that a column that is declared NOT NULL is never NULL in the result. */
  readonly plainTable: boolean
}

const TIMESTAMPTZ = 'timestamp with time zone'

type Execute = (statement: SqlStatement) => Promise<SqlResult>

/**
 * Asks for the rows of a query behind a place in the order of its sort keys. The developer's query is a subquery, so
 * that a key means the selected column wherever it stands; PostgreSQL flattens it, and indexes are used as ever.
 */
export class KeyedQuery {
  /** The columns of the result. */
  readonly fields: readonly SqlField[]
  readonly #options: KeyedQueryOptions
  readonly #columns: readonly KeyColumn[]
  readonly #keyIndexes: readonly number[]
  /** Where the database itself must say whether a row ties with the one before it, in a column behind the others. */
  readonly #asksForTies: boolean

  private constructor(options: KeyedQueryOptions, fields: readonly SqlField[], columns: readonly KeyColumn[]) {
    this.#options = options
    this.fields = fields
    this.#columns = columns
    this.#keyIndexes = options.keys.map((key) => keyIndex(options.check, key, fields))
    this.#asksForTies = !columns.every(({ exactText }) => exactText)
  }

  /** Asks the database what the query returns, and checks that its keys can be kept as a place. */
  static async open(options: KeyedQueryOptions, execute: Execute): Promise<KeyedQuery> {
    const { owner, source, keys, values } = options
    const { fields } = await execute({ text: `SELECT * FROM ${source} AS q LIMIT 0`, values })
    const keyFields = keys.map((key) => fields[keyIndex(options.check, key, fields)] as SqlField)
    const { columns, lossySetting } = await readKeyColumns(execute, keyFields)
    if (lossySetting !== undefined) throw new LossySettingError(owner, lossySetting)
    const nullable = keys.filter((_key, index) => !(options.plainTable && columns[index]?.notNull === true))
    if (nullable.length > 0) {
      const { rows } = await execute({
        text: nullCheck(
          source,
          nullable.map(({ column }) => column),
        ),
        values,
      })
      const found = nullable.find((_key, index) => rows[0]?.[index] === 't')
      if (found !== undefined) throw new SortKeyNullError(owner, found.name)
    }
    return new KeyedQuery(options, fields, columns)
  }

  /** The statement for the rows behind `after` and up to `upTo`, all of them or the first `limit`. */
  statement(after: KeyValues | undefined, limit?: number, upTo?: KeyValues): SqlStatement {
    const { source, keys, values: given } = this.#options
    const values = [...given]
    const bind = (keyValues: KeyValues): readonly string[] =>
      this.#columns.map(({ type }, index) => `$${values.push(keyValues[index] as string)}::${type}`)
    const conditions: string[] = []
    if (after !== undefined) conditions.push(behind(keys, 'q', bind(after)))
    if (upTo !== undefined) conditions.push(upToAndWith(keys, 'q', bind(upTo)))
    let text = `SELECT * FROM ${source} AS q`
    if (conditions.length > 0) text += `\nWHERE ${conditions.join(' AND ')}`
    text += `\nORDER BY ${orderBy(keys, 'q')}`
    if (limit !== undefined) text += ` LIMIT ${limit}`
    if (this.#asksForTies) text = this.#withTieColumn(text)
    return { text, values }
  }

  /**
   * The statement for the keys of the last row of each of `parts` parts that the rows fall into, in their order, even by
   * the number of rows; for those of each row where there are fewer.
   */
  lastOfParts(parts: number): SqlStatement {
    const { source, keys, values: given } = this.#options
    const values = [...given]
    const columns = keys.map(({ column }) => quoteIdentifier(column)).join(', ')
    const count = `$${values.push(parts)}::bigint`
    // Not count(*) OVER (): it would keep all rows until it knows.
    const text = `WITH counted AS (SELECT count(*) AS total FROM ${source} AS q),
  numbered AS (SELECT ${columns}, row_number() OVER (ORDER BY ${orderBy(keys, 'q')}) AS n FROM ${source} AS q)
SELECT ${columns} FROM numbered, counted
WHERE n * ${count} / total > (n - 1) * ${count} / total ORDER BY n`
    return { text, values }
  }

  /** The columns of an answer to {@link statement} without what was asked for ties. */
  fieldsOf(answer: Pick<SqlResult, 'fields'>): readonly SqlField[] {
    return this.#asksForTies ? answer.fields.slice(0, -1) : answer.fields
  }

  /** The key values of a row. */
  keysOf(row: SqlRow): KeyValues {
    return this.#keyIndexes.map((index) => row[index] as string)
  }

  /** One text that names a row by its keys, whatever the session's time zone. */
  keyOf(row: SqlRow): string {
    const values = this.keysOf(row).map((text, index) => {
      return this.#columns[index]?.type === TIMESTAMPTZ ? instantText(text) : text
    })
    return values.length === 1 ? (values[0] as string) : JSON.stringify(values)
  }

  /** Throws if a key of a row is NULL or if a row has the keys of the one before it; `before` is the row before all. */
  check(rows: readonly SqlRow[], before: SqlRow | undefined): void {
    let previous = before
    for (const row of rows) {
      for (const index of this.#keyIndexes) {
        if (row[index] === null) this.#failForNull(row)
      }
      if (this.#isTie(previous, row)) {
        const { owner, keys } = this.#options
        throw new SortKeyTieError(
          owner,
          keys.map(({ name }) => name),
          this.keysOf(row),
        )
      }
      previous = row
    }
  }

  #isTie(previous: SqlRow | undefined, row: SqlRow): boolean {
    if (this.#asksForTies) return row.at(-1) === 't'
    if (previous === undefined) return false
    // The last key differs most often.
    for (let i = this.#keyIndexes.length - 1; i >= 0; i--) {
      const index = this.#keyIndexes[i] as number
      if (previous[index] !== row[index]) return false
    }
    return true
  }

  #failForNull(row: SqlRow): never {
    const { owner, keys } = this.#options
    const key = keys.find((_key, index) => row[this.#keyIndexes[index] as number] === null)
    throw new SortKeyNullError(owner, key?.name ?? '')
  }

  #withTieColumn(text: string): string {
    const { keys } = this.#options
    const same = keys.map(({ column }) => `p.${quoteIdentifier(column)} = lag(p.${quoteIdentifier(column)}) OVER w`)
    const order = orderBy(keys, 'p')
    return `SELECT p.*, ${same.join(' AND ')} FROM (\n${text}\n) AS p WINDOW w AS (ORDER BY ${order}) ORDER BY ${order}`
  }
}

function keyIndex(check: OptionCheck, key: SortKey, fields: readonly SqlField[]): number {
  const names = fields.map(({ name }) => name)
  const index = names.indexOf(key.column)
  if (index < 0) {
    const similar = nearest(key.column, names)
    const hint = similar === undefined ? names.join(', ') : `did you mean "${similar}"?`
    check.fail('sortKeys', key.name, `columns that are selected (${hint})`)
  }
  if (names.indexOf(key.column, index + 1) >= 0) {
    check.fail('sortKeys', key.name, `columns that are selected once: give one of them another name with AS`)
  }
  return index
}
