import { quote } from '../support/quote.js'

/** Turns a value that is there into a `V`: `String`, `Number`, `BigInt`, `Boolean` by their meaning, or a function. */
export type Converter<V> = (value: never) => V

/** A value that cannot become what a parameter wants. */
export class NotConvertible {
  readonly problem: string

  constructor(value: unknown, wanted: string) {
    this.problem = `${quote(value)} cannot become a ${wanted}`
  }
}

const CONVERSIONS: ReadonlyMap<unknown, (value: unknown) => unknown> = new Map<unknown, (value: unknown) => unknown>([
  [String, toText],
  [Number, toNumber],
  [BigInt, toBigInt],
  [Boolean, toBoolean],
  [Date, toDate],
])

/** What an emitted type makes of values, if it is one of those that are converted by their meaning. */
export function conversionTo(type: unknown): ((value: unknown) => unknown) | undefined {
  return CONVERSIONS.get(type)
}

function toText(value: unknown): unknown {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return new NotConvertible(value, 'text')
}

function toNumber(value: unknown): unknown {
  if (typeof value === 'number') return value
  const number = typeof value === 'bigint' || isText(value) ? Number(value) : NaN
  const isExact = typeof value !== 'bigint' || Number.isSafeInteger(number)
  return Number.isFinite(number) && isExact ? number : new NotConvertible(value, 'number')
}

function toBigInt(value: unknown): unknown {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' ? Number.isSafeInteger(value) : isText(value) && /^-?\d+$/.test(value)) {
    return BigInt(value as number | string)
  }
  return new NotConvertible(value, 'bigint')
}

function toBoolean(value: unknown): unknown {
  if (value === 'true' || value === true) return true
  return value === 'false' || value === false ? false : new NotConvertible(value, 'boolean')
}

function toDate(value: unknown): unknown {
  if (value instanceof Date) return value
  const date = typeof value === 'number' || isText(value) ? new Date(value) : new Date(NaN)
  return Number.isNaN(date.getTime()) ? new NotConvertible(value, 'Date') : date
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
