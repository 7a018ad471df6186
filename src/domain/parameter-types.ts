/**
 * The types of job parameters, by the JavaScript type of their values. Local dates and times are ISO strings without a
 * zone: `2024-02-29`, `2024-02-29T10:00`, `10:00:30.5`.
 */
export interface ParameterTypes {
  /** Any text. */
  string: string
  /** A whole number within ±(2^53 − 1). */
  long: number
  /** A whole number of any size. */
  bigint: bigint
  /** A finite number. */
  double: number
  /** True or false. */
  boolean: boolean
  /** A point in time, to the millisecond. */
  date: Date
  /** A day: `2024-02-29`. */
  localDate: string
  /** A day and a time of day: `2024-02-29T10:00`, with seconds and up to nine digits after them where needed. */
  localDateTime: string
  /** A time of day: `10:00`, with seconds and up to nine digits after them where needed. */
  localTime: string
}

/** The name of a parameter type. */
export type ParameterType = keyof ParameterTypes

/** The value of a parameter. */
export type ParameterValue = ParameterTypes[ParameterType]

/** All parameter types. */
export const PARAMETER_TYPES: readonly ParameterType[] = Object.freeze([
  'string',
  'long',
  'bigint',
  'double',
  'boolean',
  'date',
  'localDate',
  'localDateTime',
  'localTime',
])

/** Names of parameters have at most this many characters: the column's length. */
export const MAX_PARAMETER_NAME = 100

/** Values of parameters, as text, have at most this many characters: the column's length. */
export const MAX_PARAMETER_TEXT = 2500
