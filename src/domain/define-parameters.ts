import { checkParameterValue, isStorableText } from './check-parameter.js'
import { OptionCheck } from './check-option.js'
import { parameterToText } from './java-parameter.js'
import { isParameterCheck, type ParameterCheck } from './parameter-check.js'
import type { ParameterDeclaration, ParameterShape } from './parameter-shape.js'
import { MASK } from './secret-parameters.js'
import { MAX_PARAMETER_NAME, PARAMETER_TYPES, type ParameterType, type ParameterValue } from './parameter-types.js'

/** A declaration with its defaults filled in. */
export interface DeclaredParameter {
  readonly type: ParameterType
  /** Whether a start without it is refused. */
  readonly required: boolean
  readonly identifying: boolean
  readonly secret: boolean
  /** In its one spelling; `undefined` where there is none. */
  readonly default: ParameterValue | undefined
  /** The environment variable it is taken from; `undefined` where there is none. */
  readonly env: string | undefined
  /** The accepted values, each in its one spelling; `undefined` where all are. */
  readonly oneOf: readonly ParameterValue[] | undefined
  readonly validate: ParameterCheck<never> | undefined
}

/** The declarations of a job, by name, in the order they were written. */
export type DeclaredParameters = ReadonlyMap<string, DeclaredParameter>

const KNOWN = ['type', 'required', 'identifying', 'default', 'env', 'secret', 'oneOf', 'validate']

/**
 * Checks a shape and fills in what it leaves out. `owner` names whose shape it is, e.g. `job("load").parameters`. Throws
 * `InvalidOptionError` that names the parameter and what is wrong with it.
 */
export function defineParameters(owner: string, shape: ParameterShape): DeclaredParameters {
  const check = new OptionCheck(owner)
  if (typeof shape !== 'object' || shape === null || Array.isArray(shape)) {
    check.fail('', shape, "an object, e.g. { before: 'date' }")
  }
  const declared = new Map<string, DeclaredParameter>()
  for (const [name, declaration] of Object.entries(shape)) {
    checkName(check, name)
    declared.set(
      name,
      typeof declaration === 'string' ? short(check, name, declaration) : full(owner, name, declaration),
    )
  }
  return declared
}

/** Whether a value is one of those listed, both in their one spelling. */
export function isOneOf(type: ParameterType, value: ParameterValue, values: readonly ParameterValue[]): boolean {
  const text = parameterToText({ type, value })
  return values.some((one) => parameterToText({ type, value: one }) === text)
}

function checkName(check: OptionCheck, name: string): void {
  if (name.length === 0 || name.length > MAX_PARAMETER_NAME || name.includes('=') || !isStorableText(name)) {
    check.fail('', name, `names of 1 to ${MAX_PARAMETER_NAME} characters without "="`)
  }
}

function short(check: OptionCheck, name: string, type: ParameterType): DeclaredParameter {
  const rest = { default: undefined, env: undefined, oneOf: undefined, validate: undefined }
  return {
    type: check.oneOf(name, type, PARAMETER_TYPES),
    required: true,
    identifying: true,
    secret: false,
    ...rest,
  }
}

function full(owner: string, name: string, declaration: ParameterDeclaration): DeclaredParameter {
  const check = new OptionCheck(`${owner}.${name}`)
  check.object(declaration, KNOWN)
  const type = check.oneOf('type', declaration.type, PARAMETER_TYPES)
  const secret = check.boolean('secret', declaration.secret ?? false)
  const identifying = check.boolean('identifying', declaration.identifying ?? !secret)
  if (secret && identifying) check.fail('identifying', true, 'left out or false, since the parameter is secret')
  const required = check.boolean('required', declaration.required ?? declaration.default === undefined)
  const oneOf = checkOneOf(check, declaration)
  return {
    type,
    required,
    identifying,
    secret,
    default: checkDefault(check, type, declaration, oneOf),
    env: checkEnv(check, declaration.env),
    oneOf,
    validate: checkValidate(check, declaration.validate),
  }
}

function checkOneOf(
  check: OptionCheck,
  { type, oneOf, secret }: ParameterDeclaration,
): readonly ParameterValue[] | undefined {
  if (oneOf === undefined) return undefined
  const show = (value: unknown): unknown => (secret === true ? MASK : value)
  if (!Array.isArray(oneOf) || oneOf.length === 0) {
    return check.fail('oneOf', show(oneOf), 'an array of one value or more')
  }
  return oneOf.map((value: unknown, index) => {
    const checked = checkParameterValue(type, value)
    return 'expected' in checked ? check.fail(`oneOf[${index}]`, show(value), checked.expected) : checked.value
  })
}

function checkDefault(
  check: OptionCheck,
  type: ParameterType,
  { default: value, required, secret }: ParameterDeclaration,
  oneOf: readonly ParameterValue[] | undefined,
): ParameterValue | undefined {
  if (value === undefined) return undefined
  if (required === true) check.fail('required', true, 'left out or false, since there is a default')
  const shown = secret === true ? MASK : value
  const checked = checkParameterValue(type, value)
  if ('expected' in checked) return check.fail('default', shown, checked.expected)
  if (oneOf !== undefined && !isOneOf(type, checked.value, oneOf)) check.fail('default', shown, 'one of its oneOf')
  return checked.value
}

function checkEnv(check: OptionCheck, env: string | undefined): string | undefined {
  if (env === undefined || (typeof env === 'string' && /^[^=\0]+$/.test(env))) return env
  return check.fail('env', env, "the name of an environment variable, e.g. 'REGION'")
}

function checkValidate(check: OptionCheck, validate: unknown): ParameterCheck<never> | undefined {
  if (validate === undefined || isParameterCheck(validate)) return validate
  return check.fail('validate', validate, 'a function, or a Standard Schema such as a Zod schema')
}
