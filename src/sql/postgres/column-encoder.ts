import { encodeJson } from '../encode-json.js'
import { arrayLiteral, encodeText, quoteElement } from './encode.js'
import { encodeInstant } from './encode-date.js'
import type { TableColumn } from './table-columns.js'

/** Makes the text of a value for one column; `null` for NULL. */
export type ColumnEncoder = (value: unknown) => string | null

const JSON_TYPES: ReadonlySet<number> = new Set([114, 3802])
const JSON_ARRAY_TYPES: ReadonlySet<number> = new Set([199, 3807])
const TIMESTAMPTZ = 1184
const FLOAT_TYPES: ReadonlySet<number> = new Set([700, 701])

/**
 * The encoder of a column's type. What the column cannot take is sent as it is, so that the database's own error says
 * so; a value that has no text at all (a function) is a TypeError.
 */
export function columnEncoder(column: TableColumn): ColumnEncoder {
  if (JSON_TYPES.has(column.typeId)) return encodeJson
  if (JSON_ARRAY_TYPES.has(column.typeId)) {
    return (value) => (Array.isArray(value) ? arrayLiteral(value, encodeJson) : encodeText(value))
  }
  if (column.typeId === TIMESTAMPTZ)
    return (value) => (value instanceof Date ? encodeInstant(value) : encodeText(value))
  if (FLOAT_TYPES.has(column.typeId)) return (value) => (Object.is(value, -0) ? '-0' : encodeText(value))
  return encodeText
}

/**
 * Values of one column as one array literal, for `unnest`. The commonest kinds of values are told apart here, so that
 * they cost no call.
 */
export function columnLiteral(values: readonly unknown[], encode: ColumnEncoder): string {
  const elements: string[] = []
  const plain = encode === encodeText
  for (const value of values) {
    if (value === null || value === undefined) elements.push('NULL')
    else if (plain && typeof value === 'string') elements.push(quoteElement(value))
    else if (plain && typeof value === 'number') elements.push(String(value))
    else elements.push(elementOf(encode(value)))
  }
  return `{${elements.join(',')}}`
}

function elementOf(text: string | null): string {
  return text === null ? 'NULL' : quoteElement(text)
}
