import type { DoesNotFit } from '../domain/does-not-fit.js'

/**
 * Where a job goes on after an exit code: to another method of the class, by its name, or to an end. `true` stands for the
 * usual exit code of that end: `COMPLETED`, `FAILED`.
 */
export type TransitionTarget =
  | string
  /** The job ends COMPLETED, with this exit code. */
  | { readonly end: true | string }
  /** The job ends FAILED, with this exit code. A restart runs the failed step again. */
  | { readonly fail: true | string }
  /** The job ends STOPPED. A restart goes on behind this place. */
  | { readonly stop: true }
  /** The job ends STOPPED. A restart begins at this method. */
  | { readonly stopAndRestart: string }

/** Targets by pattern of the exit code, in which `*` stands for any text and `?` for one character. */
export interface TransitionMap {
  readonly [pattern: string]: TransitionTarget
}

/**
 * Where a job goes on behind a method. Without any of these: to the next method in the order of the class. A method that
 * `on` of an earlier method leads to stands beside this order: it is run only when something leads to it, and nothing
 * follows it unless it says so.
 */
export interface Transitions<O extends TransitionMap = TransitionMap, X extends string = string> {
  /**
   * Where it goes on after which exit code, by pattern: `{ FAILED: 'cleanUp' }`. A target is the name of a method, or an end:
   * `{ end }`, `{ fail }`, `{ stop }`, `{ stopAndRestart }`. The most specific pattern that matches counts. Default: none.
   */
  readonly on?: O
  /** The method that follows when this one has COMPLETED and no pattern matches. Default: by the order of the class. */
  readonly next?: X
}

/** The names of methods that transitions lead to. */
export type NamesIn<O> = O[keyof O] extends infer V
  ? V extends string
    ? V
    : V extends { readonly stopAndRestart: infer R extends string }
      ? R
      : never
  : never

/** The names of a class's public methods. */
export type MethodNames<T> = {
  [K in keyof T & string]: T[K] extends (...args: never) => unknown ? K : never
}[keyof T & string]

/** `unknown` when all names are those of methods of the class, else a sentence. */
export type FitsMethods<T, N extends string> = string extends N
  ? unknown
  : [Exclude<N, MethodNames<T>>] extends [never]
    ? unknown
    : DoesNotFit<`the class has no public method "${Exclude<N, MethodNames<T>>}"`>

/** The options of a method decorator that say where the job goes on. */
export const TRANSITION_OPTIONS = ['on', 'next'] as const
