import { parseInstant } from './instant.js'
import { localDate, localDateTime, localTime } from './local-time.js'
import type { ParameterType, ParameterTypes, ParameterValue } from './parameter-types.js'

const WHOLE = /^[+-]?\d+$/
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

const PARSERS: { readonly [T in ParameterType]: (text: string) => ParameterTypes[T] | undefined } = {
  string: (text) => text,
  long: (text) => (WHOLE.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) + 0 : undefined),
  bigint: (text) => (WHOLE.test(text) ? BigInt(text.replace('+', '')) : undefined),
  double: (text) => (DECIMAL.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  date: parseInstant,
  localDate,
  localDateTime,
  localTime,
}

/** The value of a type that a text stands for, or `undefined` when it stands for none. Nothing is guessed or rounded away. */
export function parseParameterValue(type: ParameterType, text: string): ParameterValue | undefined {
  return PARSERS[type](text)
}

const TEXT_FORMS: Readonly<Record<ParameterType, string>> = {
  string: 'text',
  long: 'a whole number within ±(2^53 - 1)',
  bigint: 'a whole number',
  double: 'a finite number',
  boolean: 'true or false',
  date: 'a point in time like 2024-02-29T10:00:00Z, or a day like 2024-02-29',
  localDate: 'a day like 2024-02-29',
  localDateTime: 'a day and a time like 2024-02-29T10:00',
  localTime: 'a time of day like 10:00',
}

/** What a text of this type looks like, as a phrase for an error. */
export function parameterTextForm(type: ParameterType): string {
  return TEXT_FORMS[type]
}
