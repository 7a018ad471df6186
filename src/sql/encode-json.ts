import { quote } from '../support/quote.js'

/** The text of a value for a JSON column: every value as JSON, a string as a JSON string. */
export function encodeJson(value: unknown): string | null {
  if (value === null || value === undefined) return null
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError(`${quote(value)} cannot be written as JSON`)
  return text
}
