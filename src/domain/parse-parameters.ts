import { quote } from '../support/quote.js'
import { InvalidParametersError, type ParameterProblem } from './invalid-parameters-error.js'
import { resolveDeclared } from './resolve-parameters.js'
import { type DeclaredParameters, defineParameters, type ParameterShape } from './parameter-shape.js'
import { parameterTextForm, parseParameterValue } from './parameter-text.js'
import type { JobParameters } from './job-parameters.js'

/**
 * Parameters from text, as a command line or a scheduler gives them: `name=value`, where the shape says the type and the
 * value may itself contain `=`. A date is an ISO instant (`2024-02-29T10:00:00Z`, `…+01:00`) or a day, which is midnight
 * in UTC. Throws {@link InvalidParametersError} with all problems.
 */
export function parseParameterText(jobName: string, shape: ParameterShape, texts: readonly string[]): JobParameters {
  const declared = defineParameters(`job(${quote(jobName)}).parameters`, shape)
  const problems: ParameterProblem[] = []
  const input = new Map<string, unknown>()
  const seen = new Set<string>()
  for (const text of texts) {
    const end = typeof text === 'string' ? text.indexOf('=') : -1
    const name = end < 1 ? String(text) : text.slice(0, end)
    if (end < 1) {
      problems.push({ name, value: text, message: 'must be written as name=value' })
    } else if (seen.has(name)) {
      problems.push({ name, value: text.slice(end + 1), message: 'must be given once' })
    } else {
      readText(declared, name, text.slice(end + 1), input, problems)
    }
    seen.add(name)
  }
  // One problem a parameter: what could not be read is not also missing.
  const failed = new Set(problems.map(({ name }) => name))
  const parameters = resolveDeclared(declared, input, problems, failed)
  if (problems.length > 0) throw new InvalidParametersError(jobName, problems)
  return parameters
}

function readText(
  declared: DeclaredParameters,
  name: string,
  text: string,
  input: Map<string, unknown>,
  problems: ParameterProblem[],
): void {
  const declaration = declared.get(name)
  const value = declaration === undefined ? text : parseParameterValue(declaration.type, text)
  if (value !== undefined) input.set(name, value)
  else if (declaration !== undefined) {
    problems.push({ name, value: text, message: `must be ${parameterTextForm(declaration.type)}` })
  }
}
