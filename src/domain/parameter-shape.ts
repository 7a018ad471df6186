import type { DoesNotFit } from './does-not-fit.js'
import type { ParameterCheck } from './parameter-check.js'
import type { ParameterType, ParameterTypes, ParameterValue } from './parameter-types.js'

interface TypedDeclaration<T extends ParameterType> {
  /**
   * `'string'`, `'long'` (a safe number), `'bigint'`, `'double'`, `'boolean'`, `'date'` (a `Date`), or `'localDate'`,
   * `'localDateTime'` and `'localTime'`, which are ISO texts.
   */
  readonly type: T
  /** Whether a start without it is refused. Default: true, unless `default` is given. */
  readonly required?: boolean
  /**
   * Whether it tells job instances apart, that is, whether it is part of the job key. Default: true, except for a
   * secret, which never does.
   */
  readonly identifying?: boolean
  /**
   * The value where neither the caller nor `env` gives one; stored and part of the job key like any other. Default: none.
   */
  readonly default?: ParameterTypes[T]
  /**
   * The environment variable that the value is taken from when the caller gives none, read at each start. Its text is
   * read as a command line's is: a date as `2024-02-29`, a boolean as `true` or `false`. One that is set to nothing is an
   * empty text. Default: none.
   */
  readonly env?: string
  /**
   * A value that nobody may see: errors show `***`, no repository stores it, and `JobExecution.parameters` does not have
   * it; only the job's code does. A restart takes it again from `env`, or is given it. Default false.
   */
  readonly secret?: boolean
  /** The only values that are accepted; the job's code sees their union. Default: every value of the type. */
  readonly oneOf?: readonly ParameterTypes[T][]
  /**
   * A rule of its own, checked last: a Standard Schema, or a function that says what is wrong. Synchronous. Default: none.
   */
  readonly validate?: ParameterCheck<ParameterTypes[T]>
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

type ValueOf<D> = D extends { readonly oneOf: readonly (infer V)[] } ? V : ParameterTypes[TypeOf<D>]

type Has<D, Option extends string> = D extends { readonly [O in Option]: infer V }
  ? [V] extends [undefined]
    ? false
    : true
  : false

type IsMandatory<D> = D extends { readonly required: infer R } ? ([R] extends [true] ? true : false) : true

type IsGiven<D> = Has<D, 'default'> extends true ? false : Has<D, 'env'> extends true ? false : IsMandatory<D>

type IsPresent<D> = Has<D, 'default'> extends true ? true : IsMandatory<D>

type Given<S> = { [N in keyof S]: IsGiven<S[N]> extends true ? N : never }[keyof S]

type Present<S> = { [N in keyof S]: IsPresent<S[N]> extends true ? N : never }[keyof S]

type Flat<T> = { [K in keyof T]: T[K] }

/** What code that runs in the job sees: each parameter that is required or has a default, the others perhaps. */
export type ParameterValues<S extends ParameterShape> = string extends keyof S
  ? { readonly [name: string]: ParameterValue | undefined }
  : Flat<
      { readonly [N in Present<S>]: ValueOf<S[N]> } & {
        readonly [N in Exclude<keyof S, Present<S>>]?: ValueOf<S[N]> | undefined
      }
    >

/**
 * What a start is given: each required parameter that has no `env`, the others perhaps. `undefined` is the same as left
 * out.
 */
export type ParameterInput<S extends ParameterShape> = string extends keyof S
  ? { readonly [name: string]: ParameterValue | undefined }
  : Flat<
      { readonly [N in Given<S>]: ValueOf<S[N]> } & {
        readonly [N in Exclude<keyof S, Given<S>>]?: ValueOf<S[N]> | undefined
      }
    >

/** `S` with the declarations of `More` that it does not have itself. */
export type MergedShape<S extends ParameterShape, More extends ParameterShape> = [keyof More] extends [keyof S]
  ? S
  : Flat<S & Omit<More, keyof S>>

/** `unknown` when the declarations of a shape hold together, else a sentence that names the first that does not. */
export type FitsShape<S extends ParameterShape> = string extends keyof S
  ? unknown
  : [Faults<S>] extends [never]
    ? unknown
    : DoesNotFit<Faults<S>>

type Faults<S> = { [N in keyof S & string]: FaultOf<N, S[N]> }[keyof S & string]

type FaultOf<N extends string, D> = D extends { readonly secret: true; readonly identifying: true }
  ? `the parameter "${N}" is secret: it cannot be identifying`
  : [D, Has<D, 'default'>] extends [{ readonly required: true }, true]
    ? `the parameter "${N}" has a default: it cannot be required`
    : NotListed<N, D>

type NotListed<N extends string, D> = D extends {
  readonly oneOf: readonly (infer V)[]
  readonly default: infer Default
}
  ? [Default] extends [V | undefined]
    ? never
    : `the default of the parameter "${N}" is not among its oneOf`
  : never
