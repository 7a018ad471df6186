import { encodeJson } from '../encode-json.js'
import { quote } from '../../support/quote.js'
import { isThenable } from '../../support/thenable.js'
import type { SqlValue } from '../sql-connection.js'
import { encodeDate, type MysqlTimezone } from './mysql-dates.js'

/**
 * What is bound for a value: numbers and bigints as their text, true and false as 1 and 0, dates as the driver writes them
 * in the pool's `timezone`, bytes as bytes, other objects as JSON. `null` for null and undefined.
 *
 * @throws TypeError for functions, symbols and promises
 */
export function encodeValue(value: unknown, timezone: MysqlTimezone): SqlValue {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
    case 'number':
      return value
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : encodeObject(value, timezone)
    default:
      throw new TypeError(`${quote(value)} cannot be written to a column`)
  }
}

function encodeObject(value: object, timezone: MysqlTimezone): SqlValue {
  if (value instanceof Date) return encodeDate(value, timezone)
  if (value instanceof Uint8Array) return value
  if (isThenable(value)) throw new TypeError('a promise cannot be written to a column: await it before')
  return encodeJson(value)
}

/** A value as the driver is given it. Numbers as text: it would send them as doubles, which cannot hold every BIGINT. */
export function toWire(value: SqlValue): string | Uint8Array | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (value instanceof Uint8Array) return Buffer.isBuffer(value) ? value : Buffer.from(value)
  return String(value)
}
