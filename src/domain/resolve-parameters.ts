import { types } from 'node:util'
import { environmentVariable } from '../support/host-process.js'
import { nearest } from '../support/nearest.js'
import { quote } from '../support/quote.js'
import { checkParameterValue, expectedValue } from './check-parameter.js'
import { type DeclaredParameter, type DeclaredParameters, defineParameters, isOneOf } from './define-parameters.js'
import { InvalidParametersError, type ParameterProblem } from './invalid-parameters-error.js'
import { type JobParameter, type JobParameters, parameterValues } from './job-parameters.js'
import { type ParameterCheck, refusals } from './parameter-check.js'
import type { ParameterShape } from './parameter-shape.js'
import { parameterTextForm, parseParameterValue } from './parameter-text.js'
import { MAX_PARAMETER_NAME } from './parameter-types.js'
import { hideSecrets, MASK } from './secret-parameters.js'

/** What else {@link resolveParameters} is told. */
export interface ResolveOptions {
  /** The job's rule across its parameters. Default: none. */
  readonly validate?: ParameterCheck<never> | undefined
  /**
   * The id of the execution that is started again: what tells instances apart is then taken from the input alone, neither
   * from the environment nor from a default. Default: it is a first start.
   */
  readonly restartOf?: number | undefined
}

/** Parameters that are being resolved. */
export interface Resolution extends ResolveOptions {
  /** Whose parameters they are, as options are named: `job("load")`. */
  readonly owner: string
  readonly declared: DeclaredParameters
  /** Problems found are added here. */
  readonly problems: ParameterProblem[]
  /** Names of which a problem has been told already. */
  readonly skipped?: ReadonlySet<string>
}

/**
 * Checks what a caller gives against the shape, and fills in what comes from the environment and the defaults.
 * `undefined` is the same as left out; `null` is an error. All problems are gathered into one
 * {@link InvalidParametersError}: missing and unknown names, wrong types, values that are not among those listed, that a
 * validator refuses, or that the repository cannot store. The rule across parameters comes when each of them is right.
 * Dates are copied.
 */
export function resolveParameters(
  jobName: string,
  shape: ParameterShape,
  input: unknown = {},
  options: ResolveOptions = {},
): JobParameters {
  const owner = `job(${quote(jobName)})`
  const declared = defineParameters(`${owner}.parameters`, shape)
  const problems: ParameterProblem[] = []
  const given = inputByName(jobName, declared, input)
  const parameters = resolveDeclared({ ...options, owner, declared, problems }, given)
  if (problems.length > 0) throw new InvalidParametersError(jobName, problems)
  return parameters
}

/** What a caller gives, by name. Throws {@link InvalidParametersError} when it is no plain object. */
export function inputByName(
  jobName: string,
  declared: DeclaredParameters,
  input: unknown,
): ReadonlyMap<string, unknown> {
  if (typeof input === 'object' && input !== null && !Array.isArray(input) && !types.isMap(input)) {
    return new Map(Object.entries(input))
  }
  const value = hasSecrets(declared) ? MASK : input
  throw new InvalidParametersError(jobName, [{ name: 'parameters', value, message: 'must be a plain object' }])
}

/** The resolved parameters, as far as there are no problems. */
export function resolveDeclared(resolution: Resolution, input: ReadonlyMap<string, unknown>): JobParameters {
  const { declared, problems, skipped } = resolution
  const parameters = new Map<string, JobParameter>()
  for (const [name, declaration] of declared) {
    if (skipped?.has(name) === true) continue
    const parameter = resolveOne(resolution, name, declaration, input.get(name))
    if (parameter !== undefined) parameters.set(name, parameter)
  }
  for (const [name, value] of input) {
    if (value === undefined || declared.has(name)) continue
    // It may be a secret's name, mistyped.
    problems.push({ name, value: hasSecrets(declared) ? MASK : value, message: unknownName(name, declared) })
  }
  if (problems.length === 0) checkTogether(resolution, parameters)
  return parameters
}

function resolveOne(
  resolution: Resolution,
  name: string,
  declaration: DeclaredParameter,
  given: unknown,
): JobParameter | undefined {
  const { problems, restartOf } = resolution
  const { type, identifying, secret, env } = declaration
  const mayFill = restartOf === undefined || !identifying
  const text = given === undefined && mayFill && env !== undefined ? environmentVariable(env) : undefined
  const value = text ?? (given === undefined && mayFill ? declaration.default : given)
  if (value === undefined) {
    const isNeeded = declaration.required || (!mayFill && declaration.default !== undefined)
    if (isNeeded) problems.push({ name, value, message: missing(name, declaration, restartOf) })
    return undefined
  }
  const taken = text === undefined ? checkValue(declaration, value) : readValue(declaration, text)
  const refused = 'message' in taken ? [taken.message] : refusedBy(resolution, name, declaration, taken.value)
  const from = text === undefined ? '' : ` (from the environment variable ${env})`
  for (const message of refused) problems.push({ name, value: secret ? MASK : value, message: message + from })
  if ('message' in taken || refused.length > 0) return undefined
  return { type, value: taken.value, identifying, ...(secret ? { secret } : {}) }
}

type Taken = { readonly value: JobParameter['value'] } | { readonly message: string }

function readValue(declaration: DeclaredParameter, text: string): Taken {
  const value = parseParameterValue(declaration.type, text)
  if (value === undefined) return { message: `must be ${parameterTextForm(declaration.type)}` }
  return checkValue(declaration, value)
}

function checkValue(declaration: DeclaredParameter, value: unknown): Taken {
  const { type, oneOf } = declaration
  const checked = checkParameterValue(type, value)
  if ('expected' in checked) return { message: `must be ${checked.expected}` }
  if (oneOf === undefined || isOneOf(type, checked.value, oneOf)) return checked
  return { message: `must be ${expected(declaration)}` }
}

/** What the parameter's own validator has against it. */
function refusedBy(
  { owner }: Resolution,
  name: string,
  { secret, validate }: DeclaredParameter,
  value: JobParameter['value'],
): readonly string[] {
  if (validate === undefined) return []
  const shown = types.isDate(value) ? new Date(value) : value
  return refusals(`${owner}.parameters.${name}.validate`, validate, shown).map(({ message }) =>
    notAccepted(secret ? hideSecrets(message, [value]) : message),
  )
}

/** What the job's rule across parameters has against them. */
function checkTogether({ owner, declared, problems, validate }: Resolution, parameters: JobParameters): void {
  if (validate === undefined) return
  const secrets = [...parameters.values()].filter(({ secret }) => secret === true).map(({ value }) => value)
  for (const refusal of refusals(`${owner}.validate`, validate, parameterValues(parameters))) {
    const message = hideSecrets(refusal.message, secrets)
    const { name } = refusal
    if (name === undefined || !declared.has(name)) {
      problems.push({ name: '', value: undefined, message })
    } else {
      const parameter = parameters.get(name)
      const value = parameter?.secret === true ? MASK : parameter?.value
      problems.push({ name, value, message: notAccepted(message) })
    }
  }
}

function notAccepted(message: string): string {
  return `is not accepted: ${message}`
}

function missing(name: string, declaration: DeclaredParameter, restartOf: number | undefined): string {
  const { env, identifying, secret } = declaration
  if (restartOf === undefined) {
    const orSet = env === undefined ? '' : `, or set the environment variable ${env}`
    return `is missing: give ${expected(declaration)}${orSet}`
  }
  if (identifying) return `is missing: execution ${restartOf} was started without it, and it tells instances apart`
  const why = secret ? 'secrets are not stored' : `execution ${restartOf} was started without it`
  const set = env === undefined ? '' : `set the environment variable ${env}, or `
  return `is missing: ${why}, so ${set}give it in restart(execution, { parameters: { ${quote(name)}: … } })`
}

/** What a value would have to be, as a phrase. The values of a secret are not listed. */
function expected({ type, oneOf, secret }: DeclaredParameter): string {
  if (oneOf === undefined) return expectedValue(type)
  return secret ? 'one of the values that the job lists' : `one of ${oneOf.map((value) => quote(value)).join(', ')}`
}

/** Whether any of them is secret. */
export function hasSecrets(declared: DeclaredParameters): boolean {
  return [...declared.values()].some(({ secret }) => secret)
}

/** What to say of a name that the job does not declare. */
function unknownName(name: string, declared: DeclaredParameters): string {
  if (name.length > MAX_PARAMETER_NAME) return `must be left out: a name has at most ${MAX_PARAMETER_NAME} characters`
  if (declared.size === 0) return 'must be left out: the job declares no parameters'
  const similar = nearest(name, declared.keys())
  if (similar !== undefined) return `must be left out: the job does not declare it. Did you mean ${quote(similar)}?`
  return `must be left out: the job declares ${[...declared.keys()].join(', ')}`
}
