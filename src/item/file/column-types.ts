import { parseInstant } from '../../domain/instant.js'

/** The types that fields of a file can be read as, and what they are then. */
export interface FieldTypes {
  /** As it is. */
  readonly string: string
  /** A whole number that a double holds exactly. */
  readonly long: number
  /** A whole number of any size. */
  readonly bigint: bigint
  /** A number, with or without an exponent. */
  readonly double: number
  /** A decimal number as its text, so that no digit is lost. */
  readonly decimal: string
  /** `true` or `false`, in any case. */
  readonly boolean: boolean
  /** An ISO day, which is midnight in UTC, or an ISO instant with its zone. */
  readonly date: Date
}

/** The name of a type of fields. */
export type FieldType = keyof FieldTypes

/** The value of a field's text, or `undefined` where the text is none. */
export type ParseField = (text: string) => unknown

interface FieldForm {
  readonly parse: ParseField
  /** What the text must be, as the end of a sentence. */
  readonly expected: string
}

const WHOLE = /^[+-]?\d+$/
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** How the types are read. Spaces around what is no string do not count. */
export const FIELD_FORMS: Readonly<Record<FieldType, FieldForm>> = {
  string: { parse: (text) => text, expected: 'text' },
  long: { parse: parseLong, expected: 'a whole number that a double holds exactly' },
  bigint: { parse: parseBigint, expected: 'a whole number' },
  double: { parse: parseDouble, expected: 'a number' },
  decimal: { parse: parseDecimal, expected: 'a decimal number' },
  boolean: { parse: parseBoolean, expected: 'true or false' },
  date: { parse: parseDate, expected: 'an ISO day, or an instant with its zone' },
}

function parseLong(text: string): number | undefined {
  const trimmed = text.trim()
  if (!WHOLE.test(trimmed)) return undefined
  const value = Number(trimmed)
  // Not -0, which is no other number than 0.
  return Number.isSafeInteger(value) ? value + 0 : undefined
}

function parseBigint(text: string): bigint | undefined {
  const trimmed = text.trim()
  return WHOLE.test(trimmed) ? BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed) : undefined
}

function parseDouble(text: string): number | undefined {
  const trimmed = text.trim()
  if (!NUMBER.test(trimmed)) return undefined
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : undefined
}

function parseDecimal(text: string): string | undefined {
  const trimmed = text.trim()
  return DECIMAL.test(trimmed) ? trimmed : undefined
}

/** A day by itself is what most files have: no pattern is needed for it. */
function parseDate(text: string): Date | undefined {
  if (text.length !== 10) return parseInstant(text.trim())
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  // Any other day, and what is none, is left to the rules of all instants.
  const isPlain = month >= 1 && month <= 12 && day >= 1 && day <= 28 && text[4] === '-' && text[7] === '-'
  const year = digits(text, 0, 4)
  return isPlain && year >= 100 ? new Date(Date.UTC(year, month - 1, day)) : parseInstant(text.trim())
}

/** The number that digits are, or NaN. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
}

function parseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (word === 'true') return true
  return word === 'false' ? false : undefined
}
