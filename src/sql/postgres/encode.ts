import { encodeJson } from '../encode-json.js'
import { quote } from '../../support/quote.js'
import { isThenable } from '../../support/thenable.js'
import type { SqlValue } from '../sql-connection.js'
import { localText } from './encode-date.js'

/**
 * The text of a value whose column's type is not known: dates as `pg` writes them, arrays as array literals, bytes as
 * hex, other objects as JSON. `null` for null and undefined.
 *
 * @throws TypeError for functions and symbols
 */
export function encodeText(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'undefined':
      return null
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return value === null ? null : encodeObject(value)
    default:
      throw new TypeError(`${quote(value)} cannot be written to a column`)
  }
}

/** A bound value: as {@link encodeText}, but bytes go as they are. */
export function encodeParameter(value: unknown): SqlValue {
  return value instanceof Uint8Array ? value : encodeText(value)
}

/** `\x…`, as PostgreSQL reads bytes. */
export function encodeBytes(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** A PostgreSQL array of any depth; each element by `encode`. */
export function arrayLiteral(values: readonly unknown[], encode: (value: unknown) => string | null): string {
  const elements = values.map((value) => {
    if (Array.isArray(value) && encode !== encodeJson) return arrayLiteral(value, encode)
    const text = encode(value)
    return text === null ? 'NULL' : quoteElement(text)
  })
  return `{${elements.join(',')}}`
}

/** An element of an array literal. In quotes, braces, commas, spaces and the word NULL are text like any other. */
export function quoteElement(text: string): string {
  let escaped = text
  if (escaped.includes('\\')) escaped = escaped.replaceAll('\\', '\\\\')
  if (escaped.includes('"')) escaped = escaped.replaceAll('"', '\\"')
  return `"${escaped}"`
}

function encodeObject(value: object): string | null {
  if (value instanceof Date) return localText(value)
  if (value instanceof Uint8Array) return encodeBytes(value)
  if (Array.isArray(value)) return arrayLiteral(value, encodeText)
  if (isThenable(value)) throw new TypeError('a promise cannot be written to a column: await it before')
  const own = (value as { toPostgres?: unknown }).toPostgres
  if (typeof own === 'function')
    return encodeText((own as (prepare: typeof encodeText) => unknown).call(value, encodeText))
  return encodeJson(value)
}
