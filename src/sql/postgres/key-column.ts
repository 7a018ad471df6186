import type { Execute, KeyColumn, KeyColumns } from '../read-dialect.js'
import type { SqlField } from '../sql-connection.js'
import { instantText } from './decode-date.js'
import { EXACT_TEXT_TYPES } from './table-columns.js'

const TEXT_TYPES: ReadonlySet<number> = new Set([19, 25, 1043])
const DATE_TYPES: ReadonlySet<number> = new Set([1082, 1114, 1184])
const FLOAT_TYPES: ReadonlySet<number> = new Set([700, 701])
const TIMESTAMPTZ = 1184
const ENUM = 'e'
const REMEDY = 'leave DateStyle at ISO and extra_float_digits at 1 or more on this pool'

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
export async function readKeyColumns(execute: Execute, fields: readonly SqlField[]): Promise<KeyColumns> {
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
    return {
      exactText,
      notNull: row[5] === 't',
      value: (text, bind) => `${bind(text)}::${row[0]}`,
      stable: (text) => (typeId === TIMESTAMPTZ ? instantText(text) : text),
    }
  })
  const setting = lossySetting(fields, rows[0]?.[3] ?? '', Number(rows[0]?.[4]))
  return { columns, lossy: setting === undefined ? undefined : { setting, remedy: REMEDY } }
}

function lossySetting(fields: readonly SqlField[], dateStyle: string, floatDigits: number): string | undefined {
  const has = (types: ReadonlySet<number>): boolean => fields.some(({ typeId }) => types.has(typeId))
  if (has(DATE_TYPES) && !dateStyle.startsWith('ISO')) return `DateStyle = ${dateStyle}`
  if (has(FLOAT_TYPES) && floatDigits < 1) return `extra_float_digits = ${floatDigits}`
  return undefined
}
