import { quoteIdentifier } from '../identifier.js'
import type { SqlField, SqlResult, SqlStatement } from '../sql-connection.js'
import { EXACT_TEXT_TYPES } from './table-columns.js'

/** A column by which rows are read in order. */
export interface KeyColumn {
  /** Its type as SQL writes it: a text cast to it is the value again. */
  readonly type: string
  /** Whether equal texts and only those are equal in the database, so that ties are seen without asking it. */
  readonly exactText: boolean
  /** Whether it is a table's column that is declared NOT NULL. */
  readonly notNull: boolean
}

/** What a session must be set to for the text of keys to be read back. */
export interface KeyColumns {
  readonly columns: readonly KeyColumn[]
  /** A setting of the session under which the texts of these keys lose something, as `name = value`. */
  readonly lossySetting: string | undefined
}

const TEXT_TYPES: ReadonlySet<number> = new Set([19, 25, 1043])
const DATE_TYPES: ReadonlySet<number> = new Set([1082, 1114, 1184])
const FLOAT_TYPES: ReadonlySet<number> = new Set([700, 701])
const ENUM = 'e'

const TYPES = `
SELECT pg_catalog.format_type(t.oid, -1), t.typtype,
  EXISTS (SELECT FROM pg_catalog.pg_collation WHERE NOT collisdeterministic),
  pg_catalog.current_setting('DateStyle'), pg_catalog.current_setting('extra_float_digits'),
  coalesce(a.attnotnull, false)
FROM unnest($1::oid[], $2::oid[], $3::int2[]) WITH ORDINALITY AS k (typid, relid, attnum, n)
JOIN pg_catalog.pg_type t ON t.oid = k.typid
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.attnum
ORDER BY k.n`

/** Asks the catalog about the types of key columns. */
export async function readKeyColumns(
  execute: (statement: SqlStatement) => Promise<SqlResult>,
  fields: readonly SqlField[],
): Promise<KeyColumns> {
  const numbers = [
    fields.map(({ typeId }) => typeId),
    fields.map(({ tableId }) => tableId ?? 0),
    fields.map(({ columnId }) => columnId ?? 0),
  ]
  const { rows } = await execute({ text: TYPES, values: numbers.map((list) => `{${list.join(',')}}`) })
  const columns = rows.map((row, index): KeyColumn => {
    const { typeId } = fields[index] as SqlField
    // A collation can call different texts equal only if the database has such a collation at all.
    const exactText = TEXT_TYPES.has(typeId)
      ? row[2] === 'f'
      : EXACT_TEXT_TYPES.has(typeId) || DATE_TYPES.has(typeId) || row[1] === ENUM
    return { type: row[0] as string, exactText, notNull: row[5] === 't' }
  })
  return { columns, lossySetting: lossySetting(fields, rows[0]?.[3] ?? '', Number(rows[0]?.[4])) }
}

function lossySetting(fields: readonly SqlField[], dateStyle: string, floatDigits: number): string | undefined {
  const has = (types: ReadonlySet<number>): boolean => fields.some(({ typeId }) => types.has(typeId))
  if (has(DATE_TYPES) && !dateStyle.startsWith('ISO')) return `DateStyle = ${dateStyle}`
  if (has(FLOAT_TYPES) && floatDigits < 1) return `extra_float_digits = ${floatDigits}`
  return undefined
}

/** A statement whose one row says for each key whether `source` has a row in which it is NULL. */
export function nullCheck(source: string, keys: readonly string[]): string {
  const checks = keys.map((key) => `EXISTS (SELECT FROM ${source} AS q WHERE q.${quoteIdentifier(key)} IS NULL)`)
  return `SELECT ${checks.join(', ')}`
}
