import { OptionCheck } from '../domain/check-option.js'
import type { ContextKey } from '../domain/context-key.js'
import type { DoesNotFit } from '../domain/does-not-fit.js'
import type { Injection, InjectionKind } from './class-metadata.js'
import type { Converter } from './convert-value.js'
import { declareInjection } from './declare.js'

/** `unknown` when the parameter takes a `V`, else a sentence. `unknown` as `V`: nobody knows. */
type FitsParameter<M, I extends number, V> = unknown extends V
  ? unknown
  : M extends (...args: infer A) => unknown
    ? [V] extends [A[I]]
      ? unknown
      : DoesNotFit<'the parameter has another type than its value'>
    : unknown

/** Applied to a parameter of a public method. */
type AppliedParameter<V> = <T extends object, K extends keyof T & string, I extends number>(
  target: T & FitsParameter<T[K], I, V>,
  method: K,
  index: I,
) => void

/**
 * The parameter gets the value of a parameter of the job, `undefined` where that was not given. `convert` turns the value
 * into what the method wants: `String`, `Number`, `BigInt`, `Boolean`, `Date` by their meaning (`'false'` is false, a
 * `localDate` becomes its midnight in UTC), or a function. Default: the value as the job declares it, except where the
 * compiler has emitted one of those five as the parameter's type.
 *
 * Not at hand in listeners that are told of single items; a secret not in those of the job. `compileJob` says so.
 *
 * @throws InvalidOptionError the name is no text, or `convert` no function
 */
export function JobParam(name: string, convert: DateConstructor): AppliedParameter<Date>
export function JobParam<V = unknown>(name: string, convert?: Converter<V>): AppliedParameter<V>
export function JobParam(name: string, convert?: Converter<unknown>): AppliedParameter<never> {
  return injection('JobParam', name, convert)
}

/**
 * The parameter gets what the job's execution context has under `key`, or `undefined`. `convert` as in {@link JobParam}.
 *
 * @throws InvalidOptionError
 */
export function JobContextValue(key: ContextKey<unknown>, convert: DateConstructor): AppliedParameter<Date>
export function JobContextValue<V = unknown>(key: ContextKey<V>, convert?: Converter<V>): AppliedParameter<V>
export function JobContextValue(key: string, convert?: Converter<unknown>): AppliedParameter<never> {
  return injection('JobContextValue', key, convert)
}

/**
 * The parameter gets what the step's execution context has under `key`, or `undefined`. `convert` as in {@link JobParam}.
 *
 * @throws InvalidOptionError
 */
export function StepContextValue(key: ContextKey<unknown>, convert: DateConstructor): AppliedParameter<Date>
export function StepContextValue<V = unknown>(key: ContextKey<V>, convert?: Converter<V>): AppliedParameter<V>
export function StepContextValue(key: string, convert?: Converter<unknown>): AppliedParameter<never> {
  return injection('StepContextValue', key, convert)
}

function injection(kind: InjectionKind, name: string, convert: unknown): AppliedParameter<never> {
  const check = new OptionCheck(kind)
  check.text(kind === 'JobParam' ? 'name' : 'key', name)
  if (convert !== undefined && typeof convert !== 'function') check.fail('convert', convert, 'a function')
  return (target, method, index) =>
    declareInjection(target, { kind, method, index, name, convert: convert as Injection['convert'] })
}
