import type { OptionCheck } from '../../domain/check-option.js'
import {
  type AsText,
  type Execute,
  HIDDEN,
  type KeyColumn,
  type ReadDialect,
  type ReadRows,
} from '../../sql/read-dialect.js'
import type { ItemRow } from '../../sql/row-decoder.js'
import type { SqlField, SqlStatement, SqlValue } from '../../sql/sql-connection.js'
import { nearest } from '../../support/nearest.js'
import type { KeyValues } from './key-position.js'
import { LossySettingError, SortKeyNullError, SortKeyTieError } from './reader-errors.js'
import { behind, type KeyTerm, orderBy, type SortKey, upToAndWith } from './sort-keys.js'

/** A developer's query whose rows are read in the order of sort keys. */
export interface KeyedQueryOptions {
  readonly owner: string
  readonly check: OptionCheck
  readonly dialect: ReadDialect
  /** The query in parentheses, with placeholders. */
  readonly source: string
  readonly values: readonly SqlValue[]
  readonly keys: readonly SortKey[]
  /** Which columns are to come as text, for a declared type. */
  readonly asText: AsText
  /** Whether the query reads one table, so that a column that is declared NOT NULL is never NULL in the result. */
  readonly plainTable: boolean
}

/**
 * Asks for the rows of a query behind a place in the order of its sort keys. The developer's query is a subquery, so
 * that a key means the selected column wherever it stands; the database flattens it, and indexes are used as ever.
 */
export class KeyedQuery {
  /** The columns of the result. */
  readonly fields: readonly SqlField[]
  readonly #options: KeyedQueryOptions
  readonly #columns: readonly KeyColumn[]
  /** Where the texts of the keys, or numbers that are as good, stand in a row; negative from its end. */
  readonly #textIndexes: readonly number[]
  /** SQL for the text of columns with a declared type, by their names, where they are asked for besides. */
  readonly #typed: ReadonlyMap<string, string>
  /** The columns that are still to come as text when the statement is read. */
  readonly asText: AsText
  /** Columns of the statement behind the developer's: texts of keys and of other columns, and whether the row ties with the one before it. */
  readonly #hidden: number
  /** Whether the database itself must say whether a row ties with the one before it. */
  readonly #asksForTies: boolean

  private constructor(options: KeyedQueryOptions, fields: readonly SqlField[], columns: readonly KeyColumn[]) {
    this.#options = options
    this.fields = fields
    this.#columns = columns
    this.#asksForTies = !columns.every(({ exactText }) => exactText)
    this.#typed = typedTexts(options, fields)
    const { asText } = options
    const others = fields.some(({ name }) => asText?.(name) === true && !this.#typed.has(name))
    this.asText = others ? asText : undefined
    const texts = columns.filter(({ text }) => text !== undefined).length
    this.#hidden = texts + this.#typed.size + (this.#asksForTies ? 1 : 0)
    let next = -this.#hidden
    this.#textIndexes = options.keys.map((key, index) =>
      columns[index]?.text === undefined ? keyIndex(options.check, key, fields) : next++,
    )
  }

  /** Asks the database what the query returns, and checks that its keys can be kept as a place. */
  static async open(options: KeyedQueryOptions, execute: Execute): Promise<KeyedQuery> {
    const { owner, check, source, keys, values, dialect } = options
    const { fields } = await execute({ text: `SELECT * FROM ${source} AS q LIMIT 0`, values })
    const keyFields = keys.map((key) => fields[keyIndex(check, key, fields)] as SqlField)
    const { columns, lossy } = await dialect.keyColumns(execute, keyFields)
    if (lossy !== undefined) throw new LossySettingError(owner, lossy.setting, lossy.remedy)
    columns.forEach(({ unfit }, index) => {
      if (unfit !== undefined) check.fail('sortKeys', keys[index]?.name, unfit)
    })
    const nullable = keys.filter((_key, index) => !(options.plainTable && columns[index]?.notNull === true))
    if (nullable.length > 0) await checkNulls(options, nullable, execute)
    return new KeyedQuery(options, fields, columns)
  }

  /** The statement for the rows behind `after` and up to `upTo`, all of them or the first `limit`. */
  statement(after: KeyValues | undefined, limit?: number, upTo?: KeyValues): SqlStatement {
    const { source, values: given, dialect } = this.#options
    const values = [...given]
    const terms = (keyValues: KeyValues): readonly KeyTerm[] => this.#terms(keyValues, values)
    const conditions: string[] = []
    if (after !== undefined) conditions.push(behind(terms(after), dialect.comparesRows))
    if (upTo !== undefined) conditions.push(upToAndWith(terms(upTo), dialect.comparesRows))
    let text = `SELECT ${this.#selected()} FROM ${source} AS q`
    if (conditions.length > 0) text += `\nWHERE ${conditions.join(' AND ')}`
    text += `\nORDER BY ${this.#order('q')}`
    if (limit !== undefined) text += ` LIMIT ${limit}`
    if (this.#asksForTies) text = this.#withTieColumn(text)
    return { text, values }
  }

  /**
   * The statement for the keys, as texts, of the last row of each of `parts` parts that the rows fall into, in their order,
   * even by the number of rows; for those of each row where there are fewer.
   */
  lastOfParts(parts: number): SqlStatement {
    const { source, keys, values, dialect } = this.#options
    const names = keys.map((_key, index) => dialect.quote(`key_${index}`))
    const numbered = keys.map((key, index) => `${this.#name('q', key)} AS ${names[index]}`).join(', ')
    const texts = names.map((name, index) => this.#columns[index]?.text?.(name) ?? name).join(', ')
    // Not count(*) OVER (): it would keep all rows until it knows.
    const text = `WITH counted AS (SELECT count(*) AS total FROM ${source} AS q),
  numbered AS (SELECT ${numbered}, row_number() OVER (ORDER BY ${this.#order('q')}) AS n FROM ${source} AS q)
SELECT ${texts} FROM numbered, counted
WHERE floor(n * ${parts} / total) > floor((n - 1) * ${parts} / total) ORDER BY n`
    return { text, values: dialect.syntax.numbered ? values : [...values, ...values] }
  }

  /** The columns of an answer to {@link statement} that are the developer's. */
  fieldsOf(answer: Pick<ReadRows, 'fields'>): readonly SqlField[] {
    return this.#hidden === 0 ? answer.fields : answer.fields.slice(0, -this.#hidden)
  }

  /** Where the values of these columns stand in a row. */
  placesOf(fields: readonly SqlField[]): readonly number[] {
    const typed = [...this.#typed.keys()]
    const first = -(typed.length + (this.#asksForTies ? 1 : 0))
    return fields.map(({ name }, index) => (this.#typed.has(name) ? first + typed.indexOf(name) : index))
  }

  /** The key values of a row. */
  keysOf(row: ItemRow): KeyValues {
    return this.#textIndexes.map((index) => String(row.at(index)))
  }

  /** One text that names a row by its keys, whatever the session's settings. */
  keyOf(row: ItemRow): string {
    const values = this.keysOf(row).map((text, index) => this.#columns[index]?.stable?.(text) ?? text)
    return values.length === 1 ? (values[0] as string) : JSON.stringify(values)
  }

  /** Throws if a key of a row is NULL or if a row has the keys of the one before it; `before` is the row before all. */
  check(rows: readonly ItemRow[], before: ItemRow | undefined): void {
    let previous = before
    for (const row of rows) {
      for (const index of this.#textIndexes) {
        if (row.at(index) === null) this.#failForNull(row)
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

  #isTie(previous: ItemRow | undefined, row: ItemRow): boolean {
    if (this.#asksForTies) return String(row.at(-1)) === '1'
    if (previous === undefined) return false
    // The last key differs most often.
    for (let i = this.#textIndexes.length - 1; i >= 0; i--) {
      const index = this.#textIndexes[i] as number
      if (previous.at(index) !== row.at(index)) return false
    }
    return true
  }

  #failForNull(row: ItemRow): never {
    const { owner, keys } = this.#options
    const key = keys.find((_key, index) => row.at(this.#textIndexes[index] as number) === null)
    throw new SortKeyNullError(owner, key?.name ?? '')
  }

  #name(table: string, key: SortKey): string {
    return `${table}.${this.#options.dialect.quote(key.column)}`
  }

  #order(table: string): string {
    return orderBy(this.#options.keys.map((key) => ({ column: this.#name(table, key), direction: key.direction })))
  }

  #selected(): string {
    const texts = this.#options.keys.flatMap((key, index) => {
      const text = this.#columns[index]?.text?.(this.#name('q', key))
      return text === undefined ? [] : [`${text} AS ${HIDDEN}key_${index}`]
    })
    const typed = [...this.#typed.values()].map((text, index) => `${text} AS ${HIDDEN}text_${index}`)
    return ['q.*', ...texts, ...typed].join(', ')
  }

  #terms(keyValues: KeyValues, values: SqlValue[]): readonly KeyTerm[] {
    const { keys, dialect } = this.#options
    const bind = (text: string): string => dialect.syntax.bind(values.push(text))
    return keys.map((key, index) => {
      const known = this.#columns[index] as KeyColumn
      const text = keyValues[index] as string
      const column = this.#name('q', key)
      return {
        column,
        direction: key.direction,
        compared: known.compared?.(column) ?? column,
        value: () => known.value(text, bind),
        bound: (side) => known.bound?.(text, bind, side) ?? known.value(text, bind),
      }
    })
  }

  #withTieColumn(text: string): string {
    const same = this.#options.keys.map((key) => `${this.#name('p', key)} = lag(${this.#name('p', key)}) OVER w`)
    const order = this.#order('p')
    const tie = `CASE WHEN ${same.join(' AND ')} THEN 1 ELSE 0 END AS ${HIDDEN}tie`
    return `SELECT p.*, ${tie} FROM (\n${text}\n) AS p WINDOW w AS (ORDER BY ${order}) ORDER BY ${order}`
  }
}

function typedTexts({ asText, dialect }: KeyedQueryOptions, fields: readonly SqlField[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const field of fields) {
    const text = asText?.(field.name) === true ? dialect.textOf?.(field) : undefined
    if (text !== undefined) texts.set(field.name, text(`q.${dialect.quote(field.name)}`))
  }
  return texts
}

/** Asks whether there is a row in which a key is NULL. */
async function checkNulls(options: KeyedQueryOptions, keys: readonly SortKey[], execute: Execute): Promise<void> {
  const { owner, source, values, dialect } = options
  const checks = keys.map(({ column }) => {
    return `CASE WHEN EXISTS (SELECT 1 FROM ${source} AS q WHERE q.${dialect.quote(column)} IS NULL) THEN 1 ELSE 0 END`
  })
  const bound = dialect.syntax.numbered ? values : keys.flatMap(() => values)
  const { rows } = await execute({ text: `SELECT ${checks.join(', ')}`, values: bound })
  const found = keys.find((_key, index) => rows[0]?.[index] === '1')
  if (found !== undefined) throw new SortKeyNullError(owner, found.name)
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
