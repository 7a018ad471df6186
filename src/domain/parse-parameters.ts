import { quote } from '../support/quote.js'
import { type DeclaredParameter, type DeclaredParameters, defineParameters } from './define-parameters.js'
import { InvalidParametersError, type ParameterProblem } from './invalid-parameters-error.js'
import type { JobParameters } from './job-parameters.js'
import type { ParameterInput, ParameterShape } from './parameter-shape.js'
import { parameterTextForm, parseParameterValue } from './parameter-text.js'
import type { ParameterValue } from './parameter-types.js'
import { hasSecrets, resolveDeclared } from './resolve-parameters.js'
import { MASK } from './secret-parameters.js'
import { contradictions, readSpringNotation } from './spring-notation.js'

interface TextInput {
  readonly declared: DeclaredParameters
  readonly values: ReadonlyMap<string, unknown>
  readonly problems: ParameterProblem[]
}

/**
 * The values that texts stand for, as a start takes them: for a command line or a scheduler. A text is `name=value`,
 * where the job's declaration says the type and the value may itself contain `=`; or Spring Batch's
 * `name=value,type,identifying` (`day=2024-02-29,java.time.LocalDate,true`, the last part may be left out), which must say
 * what the job declares. A comma begins such an end only where a Java class that Spring Batch converts to follows, and
 * nothing but `,true` or `,false` after it; every other comma belongs to the value. A date is an ISO instant
 * (`2024-02-29T10:00:00Z`, `…+01:00`) or a day, which is midnight in UTC.
 *
 * Names that the job does not declare and what is missing are told by the start, which also takes what comes from the
 * environment and the defaults. Also for `startNext`, and for `restart(execution, { parameters })`.
 *
 * @example
 * ```ts
 * import type { Job, JobOperator } from 'chunkwise'
 * import { parseParameters } from 'chunkwise'
 *
 * export async function main(operator: JobOperator, job: Job): Promise<void> {
 *   const execution = await operator.run(job, parseParameters(job, process.argv.slice(2)))
 *   execution.throwIfUnsuccessful()
 * }
 * ```
 *
 * @throws InvalidParametersError with all texts that cannot be read
 */
export function parseParameters<S extends ParameterShape>(
  job: { readonly name: string; readonly parameters: S },
  texts: readonly string[],
): ParameterInput<S> {
  const { values, problems } = readTexts(job.name, job.parameters, texts)
  if (problems.length > 0) throw new InvalidParametersError(job.name, problems)
  return Object.fromEntries(values) as ParameterInput<S>
}

/**
 * The parameters of a start that is given texts, resolved as the start would: with what comes from the environment and
 * the defaults. For `repository.findJobInstance`; a start itself takes the values of {@link parseParameters}, whose texts
 * these are. Throws {@link InvalidParametersError} with all problems.
 */
export function parseParameterText(jobName: string, shape: ParameterShape, texts: readonly string[]): JobParameters {
  const { declared, values, problems } = readTexts(jobName, shape, texts)
  // One problem a parameter: what could not be read is not also missing.
  const skipped = new Set(problems.map(({ name }) => name))
  const parameters = resolveDeclared({ owner: ownerOf(jobName), declared, problems, skipped }, values)
  if (problems.length > 0) throw new InvalidParametersError(jobName, problems)
  return parameters
}

function readTexts(jobName: string, shape: ParameterShape, texts: readonly string[]): TextInput {
  const declared = defineParameters(`${ownerOf(jobName)}.parameters`, shape)
  const mayBeSecret = hasSecrets(declared)
  const problems: ParameterProblem[] = []
  const values = new Map<string, unknown>()
  const seen = new Set<string>()
  for (const [index, text] of texts.entries()) {
    const end = typeof text === 'string' ? text.indexOf('=') : -1
    if (end < 1) {
      // It may be a secret, badly written.
      const [name, value] = mayBeSecret ? [`text ${index + 1}`, MASK] : [String(text), text]
      problems.push({ name, value, message: 'must be written as name=value' })
      continue
    }
    const name = text.slice(0, end)
    const given = text.slice(end + 1)
    const declaration = declared.get(name)
    const { value, messages } = seen.has(name)
      ? { value: undefined, messages: ['must be given once'] }
      : readText(declaration, given)
    if (value !== undefined) values.set(name, value)
    const isHidden = declaration === undefined ? mayBeSecret : declaration.secret
    for (const message of messages) problems.push({ name, value: isHidden ? MASK : given, message })
    seen.add(name)
  }
  return { declared, values, problems }
}

function readText(
  declaration: DeclaredParameter | undefined,
  text: string,
): { readonly value: ParameterValue | undefined; readonly messages: readonly string[] } {
  if (declaration === undefined) return { value: text, messages: [] }
  const parts = readSpringNotation(text)
  const wrong = contradictions(parts, declaration)
  if (wrong.length > 0) return { value: undefined, messages: wrong }
  const value = parseParameterValue(declaration.type, parts.value)
  return { value, messages: value === undefined ? [`must be ${parameterTextForm(declaration.type)}`] : [] }
}

function ownerOf(jobName: string): string {
  return `job(${quote(jobName)})`
}
