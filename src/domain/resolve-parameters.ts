import { types } from 'node:util'
import { nearest } from '../support/nearest.js'
import { quote } from '../support/quote.js'
import { checkParameterValue, expectedValue } from './check-parameter.js'
import { InvalidParametersError, type ParameterProblem } from './invalid-parameters-error.js'
import { type DeclaredParameters, defineParameters, type ParameterShape } from './parameter-shape.js'
import type { JobParameter, JobParameters } from './job-parameters.js'
import { MAX_PARAMETER_NAME } from './parameter-types.js'

/**
 * Checks what a caller gives against the shape and fills in the defaults. `undefined` is the same as left out; `null` is
 * an error. All problems are gathered into one {@link InvalidParametersError}: missing and unknown names, wrong types,
 * values that the repository cannot store. Dates are copied.
 */
export function resolveParameters(jobName: string, shape: ParameterShape, input: unknown = {}): JobParameters {
  if (typeof input !== 'object' || input === null || Array.isArray(input) || types.isMap(input)) {
    throw new InvalidParametersError(jobName, [{ name: 'parameters', value: input, message: 'must be a plain object' }])
  }
  const declared = defineParameters(`job(${quote(jobName)}).parameters`, shape)
  const problems: ParameterProblem[] = []
  const parameters = resolveDeclared(declared, new Map(Object.entries(input)), problems)
  if (problems.length > 0) throw new InvalidParametersError(jobName, problems)
  return parameters
}

/**
 * The resolved parameters, as far as there are no problems; those are added to `problems`. Names in `skipped` have been
 * told already.
 */
export function resolveDeclared(
  declared: DeclaredParameters,
  input: ReadonlyMap<string, unknown>,
  problems: ParameterProblem[],
  skipped: ReadonlySet<string> = new Set(),
): JobParameters {
  const parameters = new Map<string, JobParameter>()
  for (const [name, { type, required, identifying, default: fallback }] of declared) {
    if (skipped.has(name)) continue
    const given = input.get(name) === undefined ? fallback : input.get(name)
    if (given === undefined) {
      if (required) problems.push({ name, value: undefined, message: `is missing: give ${expectedValue(type)}` })
      continue
    }
    const checked = checkParameterValue(type, given)
    if ('expected' in checked) problems.push({ name, value: given, message: `must be ${checked.expected}` })
    else parameters.set(name, { type, value: checked.value, identifying })
  }
  for (const [name, value] of input) {
    if (value !== undefined && !declared.has(name)) problems.push({ name, value, message: unknownName(name, declared) })
  }
  return parameters
}

/** What to say of a name that the job does not declare. */
function unknownName(name: string, declared: DeclaredParameters): string {
  if (name.length > MAX_PARAMETER_NAME) return `must be left out: a name has at most ${MAX_PARAMETER_NAME} characters`
  if (declared.size === 0) return 'must be left out: the job declares no parameters'
  const similar = nearest(name, declared.keys())
  if (similar !== undefined) return `must be left out: the job does not declare it. Did you mean ${quote(similar)}?`
  return `must be left out: the job declares ${[...declared.keys()].join(', ')}`
}
