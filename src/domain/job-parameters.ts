import { types } from 'node:util'
import type { ParameterType, ParameterValue } from './parameter-types.js'

/** A parameter as it is stored: its type, its value, and whether it tells job instances apart. */
export interface JobParameter {
  readonly type: ParameterType
  readonly value: ParameterValue
  /** Whether the parameter is part of the job key. */
  readonly identifying: boolean
  /** The Java class it was stored with, where that is not the one that `type` is stored as. */
  readonly javaType?: string
  /** Whether nobody but the job's code may see the value: it is neither stored nor part of the job key. Default: no. */
  readonly secret?: boolean
}

/** The parameters of an execution, by name. */
export type JobParameters = ReadonlyMap<string, JobParameter>

/**
 * The values alone, by name, as the job's code sees them: a frozen object without a prototype, so that no name clashes
 * with what objects inherit. Dates are copied.
 */
export function parameterValues(parameters: JobParameters): Readonly<Record<string, ParameterValue>> {
  const values = Object.create(null) as Record<string, ParameterValue>
  for (const [name, { value }] of parameters) {
    values[name] = types.isDate(value) ? new Date(value.getTime()) : value
  }
  return Object.freeze(values)
}
