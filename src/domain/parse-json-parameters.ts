import { quote } from '../support/quote.js'
import { defineParameters } from './define-parameters.js'
import { InvalidParametersError, type ParameterProblem } from './invalid-parameters-error.js'
import type { ParameterInput, ParameterShape } from './parameter-shape.js'
import { parameterTextForm, parseParameterValue } from './parameter-text.js'
import { MAX_PARAMETER_TEXT, type ParameterType } from './parameter-types.js'
import { isPlainObject } from './plain-object.js'
import { MASK } from './secret-parameters.js'

/**
 * The values that a JSON object stands for, as a start takes them: for the body of a request, or a message of a queue. What
 * JSON has no word for is text: a `date` is an ISO instant (`2024-02-29T10:00:00Z`, `…+01:00`) or a day, which is midnight in
 * UTC, and a `bigint` is its digits, or a number within ±(2^53 − 1). All else is taken as it is.
 *
 * Names that the job does not declare, values of another type and what is missing are told by the start. Also for
 * `startNext`, and for `restart(execution, { parameters })`.
 *
 * @example
 * ```ts
 * import type { Job, JobOperator } from 'chunkwise'
 * import { parseJsonParameters } from 'chunkwise'
 *
 * export async function startFrom(operator: JobOperator, job: Job, body: unknown): Promise<number> {
 *   const { execution } = await operator.start(job, parseJsonParameters(job, body))
 *   return execution.id
 * }
 * ```
 *
 * @throws InvalidParametersError it is no object, or has texts that cannot be read: with all of them
 */
export function parseJsonParameters<S extends ParameterShape>(
  job: { readonly name: string; readonly parameters: S },
  json: unknown,
): ParameterInput<S> {
  if (typeof json !== 'object' || json === null || !isPlainObject(json)) {
    const message = 'they must be a JSON object, of names and values'
    throw new InvalidParametersError(job.name, [{ name: '', value: undefined, message }])
  }
  const declared = defineParameters(`job(${quote(job.name)}).parameters`, job.parameters)
  const problems: ParameterProblem[] = []
  const values = Object.entries(json).map(([name, given]: [string, unknown]) => {
    const declaration = declared.get(name)
    if (declaration === undefined) return [name, given] as const
    const value = readJson(declaration.type, given)
    if (value === undefined) {
      const message = `must be ${parameterTextForm(declaration.type)}`
      problems.push({ name, value: declaration.secret ? MASK : given, message })
    }
    return [name, value] as const
  })
  if (problems.length > 0) throw new InvalidParametersError(job.name, problems)
  return Object.fromEntries(values) as ParameterInput<S>
}

/** `undefined` for what cannot be read. */
function readJson(type: ParameterType, given: unknown): unknown {
  if (type === 'bigint' && Number.isSafeInteger(given)) return BigInt(given as number)
  if (type !== 'date' && type !== 'bigint') return given
  // A stranger's text may be long, and digits take longer than their number.
  if (typeof given !== 'string' || given.length > MAX_PARAMETER_TEXT) return undefined
  return parseParameterValue(type, given)
}
