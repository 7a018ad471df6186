import { checkParameterValue, isStorableText } from './check-parameter.js'
import { OptionCheck } from './check-option.js'
import {
  MAX_PARAMETER_NAME,
  PARAMETER_TYPES,
  type ParameterType,
  type ParameterTypes,
  type ParameterValue,
} from './parameter-types.js'

interface TypedDeclaration<T extends ParameterType> {
  /** The parameter's type. */
  readonly type: T
  /** Whether a start without it is refused. Default: true, unless `default` is given. */
  readonly required?: boolean
  /** Whether it tells job instances apart, that is, whether it is part of the job key. Default: true. */
  readonly identifying?: boolean
  /** The value where none is given; stored and part of the job key like any other. */
  readonly default?: ParameterTypes[T]
}

/** A parameter, declared in full. */
export type ParameterDeclaration = { [T in ParameterType]: TypedDeclaration<T> }[ParameterType]

/**
 * The parameters of a job, by name. A type alone means required and identifying:
 * `{ before: 'date', dryRun: { type: 'boolean', identifying: false, default: false } }`.
 */
export interface ParameterShape {
  readonly [name: string]: ParameterType | ParameterDeclaration
}

type TypeOf<D> = D extends ParameterType ? D : D extends { readonly type: infer T extends ParameterType } ? T : never

type HasDefault<D> = D extends { readonly default: infer V } ? ([V] extends [undefined] ? false : true) : false

type IsMandatory<D> = D extends { readonly required: infer R } ? ([R] extends [true] ? true : false) : true

type Given<S> = {
  [N in keyof S]: HasDefault<S[N]> extends true ? never : IsMandatory<S[N]> extends true ? N : never
}[keyof S]

type Present<S> = {
  [N in keyof S]: HasDefault<S[N]> extends true ? N : IsMandatory<S[N]> extends true ? N : never
}[keyof S]

type Flat<T> = { [K in keyof T]: T[K] }

/** What code that runs in the job sees: each parameter that is required or has a default, the others perhaps. */
export type ParameterValues<S extends ParameterShape> = string extends keyof S
  ? { readonly [name: string]: ParameterValue | undefined }
  : Flat<
      { readonly [N in Present<S>]: ParameterTypes[TypeOf<S[N]>] } & {
        readonly [N in Exclude<keyof S, Present<S>>]?: ParameterTypes[TypeOf<S[N]>] | undefined
      }
    >

/** What a start is given: each required parameter, the others perhaps. `undefined` is the same as left out. */
export type ParameterInput<S extends ParameterShape> = string extends keyof S
  ? { readonly [name: string]: ParameterValue | undefined }
  : Flat<
      { readonly [N in Given<S>]: ParameterTypes[TypeOf<S[N]>] } & {
        readonly [N in Exclude<keyof S, Given<S>>]?: ParameterTypes[TypeOf<S[N]>] | undefined
      }
    >

/** A declaration with its defaults filled in. */
export interface DeclaredParameter {
  readonly type: ParameterType
  /** Whether a start without it is refused. */
  readonly required: boolean
  readonly identifying: boolean
  /** In its one spelling; `undefined` where there is none. */
  readonly default: ParameterValue | undefined
}

/** The declarations of a job, by name, in the order they were written. */
export type DeclaredParameters = ReadonlyMap<string, DeclaredParameter>

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

function checkName(check: OptionCheck, name: string): void {
  if (name.length === 0 || name.length > MAX_PARAMETER_NAME || name.includes('=') || !isStorableText(name)) {
    check.fail('', name, `names of 1 to ${MAX_PARAMETER_NAME} characters without "="`)
  }
}

function short(check: OptionCheck, name: string, type: ParameterType): DeclaredParameter {
  return { type: check.oneOf(name, type, PARAMETER_TYPES), required: true, identifying: true, default: undefined }
}

function full(owner: string, name: string, declaration: ParameterDeclaration): DeclaredParameter {
  const check = new OptionCheck(`${owner}.${name}`)
  check.object(declaration, ['type', 'required', 'identifying', 'default'])
  const type = check.oneOf('type', declaration.type, PARAMETER_TYPES)
  const identifying = check.boolean('identifying', declaration.identifying ?? true)
  const required = check.boolean('required', declaration.required ?? declaration.default === undefined)
  if (declaration.default === undefined) return { type, required, identifying, default: undefined }
  if (required) check.fail('required', true, 'left out or false, since there is a default')
  const checked = checkParameterValue(type, declaration.default)
  if ('expected' in checked) return check.fail('default', declaration.default, checked.expected)
  return { type, required, identifying, default: checked.value }
}
