import { isThenable } from '../support/thenable.js'
import { describeError } from './describe-error.js'
import { InvalidOptionError } from './option-error.js'

/**
 * What a validation library's schema offers to others: version 1 of Standard Schema (https://standardschema.dev), as
 * Zod, Valibot, ArkType and others implement it. Only its verdict is used: a value that the schema changes stays as it
 * was given.
 */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1
    /** The library's name. */
    readonly vendor: string
    /** Must answer at once: a promise is refused with `InvalidOptionError`. */
    readonly validate: (value: unknown) => unknown
  }
}

/**
 * A rule of one's own for a value: a Standard Schema, or a function that returns nothing or `true` for a good value, and
 * for a bad one what is wrong with it, as text; it may also throw. Synchronous.
 */
export type ParameterCheck<V> = StandardSchema | ((value: V) => true | string | void)

/** What a check has against a value: the name that it is about, where the check says one. */
export interface Refusal {
  readonly name: string | undefined
  readonly message: string
}

const NO_REASON = 'its validator says no'

/** Whether this can be a check. */
export function isParameterCheck(value: unknown): value is ParameterCheck<never> {
  return typeof value === 'function' || standardOf(value) !== undefined
}

/** Runs a check; `option` names it. Throws `InvalidOptionError` when it does not answer as a check does. */
export function refusals(option: string, check: ParameterCheck<never>, value: unknown): readonly Refusal[] {
  // A schema may be a function too: ArkType's are.
  const standard = standardOf(check)
  return standard === undefined
    ? ofFunction(option, check as (value: unknown) => unknown, value)
    : ofSchema(option, standard, value)
}

function ofFunction(option: string, check: (value: unknown) => unknown, value: unknown): readonly Refusal[] {
  const { answer, thrown } = ask(check, value)
  if (thrown !== undefined) return [thrown]
  assertSynchronous(option, answer)
  if (answer === undefined || answer === true) return []
  if (typeof answer === 'string') return [{ name: undefined, message: answer }]
  if (answer === false) return [{ name: undefined, message: NO_REASON }]
  // Its type alone: the answer may be the value, which may be a secret.
  const expected = 'a function that returns true, nothing, or what is wrong as text'
  throw new InvalidOptionError(option, `a function that returns a value of type ${typeof answer}`, expected)
}

function ofSchema(option: string, standard: StandardSchema['~standard'], value: unknown): readonly Refusal[] {
  const { answer, thrown } = ask((one) => standard.validate(one), value)
  if (thrown !== undefined) return [thrown]
  assertSynchronous(option, answer)
  if (typeof answer !== 'object' || answer === null) {
    throw new InvalidOptionError(
      option,
      `a schema that answers with a value of type ${typeof answer}`,
      'a Standard Schema',
    )
  }
  const { issues } = answer as { readonly issues?: unknown }
  if (!Array.isArray(issues)) return []
  if (issues.length === 0) return [{ name: undefined, message: NO_REASON }]
  return issues.map((issue: { readonly message?: unknown; readonly path?: unknown } | null) => ({
    name: firstKey(issue?.path),
    message: typeof issue?.message === 'string' ? issue.message : NO_REASON,
  }))
}

function ask(
  check: (value: unknown) => unknown,
  value: unknown,
): { readonly answer?: unknown; readonly thrown?: Refusal } {
  try {
    return { answer: check(value) }
  } catch (error) {
    return { thrown: { name: undefined, message: error instanceof Error ? error.message : describeError(error) } }
  }
}

function firstKey(path: unknown): string | undefined {
  const first: unknown = Array.isArray(path) ? path[0] : undefined
  const key: unknown = typeof first === 'object' && first !== null ? (first as { readonly key?: unknown }).key : first
  return typeof key === 'string' ? key : undefined
}

function assertSynchronous(option: string, answer: unknown): void {
  if (!isThenable(answer)) return
  // Nobody waits for it: it must not end the process.
  void Promise.resolve(answer).catch(() => undefined)
  throw new InvalidOptionError(option, answer, 'a synchronous validator: it answered with a promise')
}

function standardOf(value: unknown): StandardSchema['~standard'] | undefined {
  const standard = (value as { readonly '~standard'?: unknown } | null | undefined)?.['~standard']
  return typeof (standard as { readonly validate?: unknown } | undefined)?.validate === 'function'
    ? (standard as StandardSchema['~standard'])
    : undefined
}
