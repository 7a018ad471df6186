import { FlatFileValueError } from './flat-file-errors.js'

const FORMULA = /^[=+\-@\t\r]/

/** What holds for all fields of a file. */
export interface FieldRules {
  readonly owner: string
  readonly escapeFormulas: boolean
  /** Finds what the encoding does not have. */
  readonly unencodable: RegExp
}

/**
 * The text of a value: strings as they are, numbers, bigints and booleans as JavaScript writes them, dates as ISO
 * instants, and no text for `null` and `undefined`. Throws {@link FlatFileValueError} for anything else.
 */
export function fieldText(column: string, value: unknown, rules: FieldRules): string | undefined {
  const { owner } = rules
  if (typeof value === 'string') {
    if (rules.unencodable.test(value)) refuse(owner, column, value, 'the encoding does not have all of its characters')
    return rules.escapeFormulas && FORMULA.test(value) ? `'${value}` : value
  }
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') {
    return Number.isFinite(value) ? String(value) : refuse(owner, column, value, 'it is no finite number')
  }
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (!(value instanceof Date)) return refuse(owner, column, value, 'it has no text: give a function that makes one')
  return Number.isNaN(value.getTime()) ? refuse(owner, column, value, 'it is no date') : value.toISOString()
}

function refuse(owner: string, column: string, value: unknown, reason: string): never {
  throw new FlatFileValueError(owner, column, value, reason)
}
