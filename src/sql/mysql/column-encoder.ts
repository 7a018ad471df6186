import type { SqlValue } from '../sql-connection.js'
import { encodeJson } from '../encode-json.js'
import { castText } from './cast-text.js'
import { encodeValue, toWire } from './encode.js'
import type { MysqlTimezone } from './mysql-dates.js'
import type { TableColumn } from './table-columns.js'

/**
 * The encoder of a column's type. What the column cannot take is sent as it is, so that the database's own error says so; a
 * value that cannot be sent at all (a function) is a TypeError.
 */
export function columnEncoder(column: TableColumn, timezone: MysqlTimezone): (value: unknown) => SqlValue {
  if (column.isJson) return encodeJson
  if (column.type === 'bit') return (value) => encodeBits(value, column.scale, timezone)
  return (value) => encodeValue(value, timezone)
}

/**
 * The same for a statement of many rows, as the driver binds it: what a double or its binary date carries exactly, and the
 * column takes as it takes the text, travels so: less to make, to send, and to read for the server.
 */
export function columnBinder(column: TableColumn, timezone: MysqlTimezone): (value: unknown) => unknown {
  const encode = columnEncoder(column, timezone)
  const asText = (value: unknown): unknown => toWire(encode(value))
  const { type, isJson, unsigned } = column
  if (isJson) return asText
  // A fraction is rounded by the text's digits; the year 0 is another one as a text. A double that an integer's parameter
  // cannot hold makes MySQL take the later texts for doubles.
  const least = unsigned ? 0 : -Infinity
  if (INTEGERS.has(type) && type !== 'year')
    return (value) => (Number.isSafeInteger(value) && (value as number) >= least ? value : asText(value))
  // As a text, -0 is 0.
  if (type === 'double') return (value) => (Number.isFinite(value) ? (value as number) + 0 : asText(value))
  if (type === 'datetime' || type === 'timestamp') return (value) => (isPlainDate(value) ? value : asText(value))
  return (value) => (typeof value === 'string' && type !== 'bit' ? value : asText(value))
}

/** Whether a value is a Date of a year that clocks of every zone show with four digits. */
function isPlainDate(value: unknown): boolean {
  return value instanceof Date && value.getTime() >= FIRST_DAY && value.getTime() < LAST_DAY
}

const FIRST_DAY = Date.UTC(1000, 0, 3)
const LAST_DAY = Date.UTC(9999, 11, 29)

const INTEGERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'year'])

/** Whether equal values of the column are those of equal numbers, and only those. */
export function isInteger({ type }: TableColumn): boolean {
  return INTEGERS.has(type)
}

/**
 * The SQL for a value of the column that is compared with it. Numbers are cast, since a text is compared with a number as
 * a double; other values are compared as the column's type and collation do.
 */
export function comparedValue({ type, unsigned, scale }: TableColumn): string {
  if (INTEGERS.has(type)) return castText('?', unsigned || type === 'year' ? 'UNSIGNED' : 'SIGNED')
  switch (type) {
    case 'decimal':
      return castText('?', `DECIMAL(65, ${scale})`)
    case 'float':
    case 'double':
      return castText('?', 'DOUBLE')
    case 'date':
      return castText('?', 'DATE')
    default:
      return '?'
  }
}

/** How a value of the column is written in the text of LOAD DATA: as itself, as the hex of its bytes, or as a number. */
export function loadedAs({ type }: TableColumn): 'text' | 'hex' | 'bits' {
  if (type === 'bit') return 'bits'
  return /blob$|binary$/.test(type) ? 'hex' : 'text'
}

/** A BIT column takes a text for the bytes of its letters: numbers are sent as their own bytes. */
function encodeBits(value: unknown, bits: number, timezone: MysqlTimezone): SqlValue {
  const isNumber = typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'bigint'
  if (!isNumber && typeof value !== 'boolean') return encodeValue(value, timezone)
  const number = BigInt(value as number | bigint | boolean)
  const length = Math.ceil(bits / 8)
  // Too many bytes for one that does not fit, which the database refuses.
  const fits = number >= 0n && number < 1n << BigInt(length * 8)
  const hex = (fits ? number : (1n << 72n) - 1n).toString(16)
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex')
}
