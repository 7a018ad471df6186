import { InvalidOptionError } from './option-error.js'
import { javaDouble, javaInstant } from './java-text.js'
import { storedTime } from './local-time.js'
import { parseParameterValue } from './parameter-text.js'
import type { JobParameter } from './job-parameters.js'
import { PARAMETER_TYPES, type ParameterType, type ParameterValue } from './parameter-types.js'

const JAVA_TYPES: Readonly<Record<ParameterType, string>> = Object.freeze({
  string: 'java.lang.String',
  long: 'java.lang.Long',
  bigint: 'java.math.BigInteger',
  double: 'java.lang.Double',
  boolean: 'java.lang.Boolean',
  date: 'java.util.Date',
  localDate: 'java.time.LocalDate',
  localDateTime: 'java.time.LocalDateTime',
  localTime: 'java.time.LocalTime',
})

/** The Java class that a parameter of this type is stored as (column PARAMETER_TYPE). */
export function javaType(type: ParameterType): string {
  return JAVA_TYPES[type]
}

/** The Java class of a parameter: the one it was read with, else that of its type. */
export function javaTypeOf(parameter: JobParameter): string {
  return parameter.javaType ?? javaType(parameter.type)
}

/**
 * A parameter's value as it is stored (column PARAMETER_VALUE), which is what Spring Batch writes: dates as ISO instants,
 * local times with seconds, doubles as Java prints them. Throws {@link InvalidOptionError} for a double that is not
 * finite and for an invalid Date.
 */
export function parameterToText(parameter: Pick<JobParameter, 'type' | 'value'>): string {
  const { type, value } = parameter
  switch (type) {
    case 'double':
      if (!Number.isFinite(value)) throw new InvalidOptionError('a double parameter', value, 'a finite number')
      return javaDouble(value as number)
    case 'date':
      if (Number.isNaN((value as Date).getTime()))
        throw new InvalidOptionError('a date parameter', value, 'a valid Date')
      return javaInstant(value as Date)
    case 'localTime':
    case 'localDateTime':
      return storedTime(value as string)
    default:
      return String(value)
  }
}

/**
 * Reads a stored parameter, whoever stored it; never throws. A Java class that has no type of ours, or a text that does
 * not fit its class, comes back as a string that remembers the class; a Long beyond ±(2^53 − 1) as a bigint that does.
 */
export function parameterFromText(javaType: string, text: string, identifying: boolean): JobParameter {
  const type = PARAMETER_TYPES.find((candidate) => JAVA_TYPES[candidate] === javaType)
  if (type === undefined) return { type: 'string', value: text, identifying, javaType }
  const value: ParameterValue | undefined = parseParameterValue(type, text)
  if (value !== undefined) return { type, value, identifying }
  const big = type === 'long' ? parseParameterValue('bigint', text) : undefined
  if (big !== undefined) return { type: 'bigint', value: big, identifying, javaType }
  return { type: 'string', value: text, identifying, javaType }
}
