import { types } from 'node:util'
import { parameterToText } from './java-parameter.js'
import { localDate, localDateTime, localTime } from './local-time.js'
import { MAX_PARAMETER_TEXT, type ParameterType, type ParameterTypes, type ParameterValue } from './parameter-types.js'

/** A checked value in its one spelling, or a phrase that says what it would have to be: `a valid Date`. */
export type CheckedParameter = { readonly value: ParameterValue } | { readonly expected: string }

const CHECKS: { readonly [T in ParameterType]: (value: unknown) => ParameterTypes[T] | undefined } = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  // + 0 turns -0, which no database keeps, into 0.
  long: (value) => (Number.isSafeInteger(value) ? (value as number) + 0 : undefined),
  bigint: (value) => (typeof value === 'bigint' ? value : undefined),
  double: (value) => (Number.isFinite(value) ? (value as number) : undefined),
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  date: (value) => (types.isDate(value) && !Number.isNaN(value.getTime()) ? new Date(value.getTime()) : undefined),
  localDate: (value) => (typeof value === 'string' ? localDate(value) : undefined),
  localDateTime: (value) => (typeof value === 'string' ? localDateTime(value) : undefined),
  localTime: (value) => (typeof value === 'string' ? localTime(value) : undefined),
}

const EXPECTED: Readonly<Record<ParameterType, string>> = {
  string: 'a string',
  long: 'a whole number within ±(2^53 - 1)',
  bigint: 'a bigint, e.g. 5n',
  double: 'a finite number',
  boolean: 'true or false',
  date: "a valid Date, e.g. new Date('2024-02-29')",
  localDate: "a day as a string, e.g. '2024-02-29'",
  localDateTime: "a day and a time as a string, e.g. '2024-02-29T10:00'",
  localTime: "a time of day as a string, e.g. '10:00'",
}

/** Checks a value against its type and against what the repository can store. Dates are copied. */
export function checkParameterValue(type: ParameterType, value: unknown): CheckedParameter {
  const checked = CHECKS[type](value)
  if (checked === undefined) return { expected: EXPECTED[type] }
  if (typeof checked === 'string' && !isStorableText(checked)) {
    return { expected: 'text without NUL characters and halves of surrogate pairs' }
  }
  if (parameterToText({ type, value: checked }).length > MAX_PARAMETER_TEXT) {
    return { expected: `at most ${MAX_PARAMETER_TEXT} characters long` }
  }
  return { value: checked }
}

/** What a value of this type is in code, as a phrase for an error. */
export function expectedValue(type: ParameterType): string {
  return EXPECTED[type]
}

/** Whether every database can store a text as it is. */
export function isStorableText(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text)
}
