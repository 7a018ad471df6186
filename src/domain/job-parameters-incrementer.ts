import { InvalidOptionError } from './option-error.js'
import { isThenable } from '../support/thenable.js'
import type { ParameterInput, ParameterShape, ParameterValues } from './parameter-shape.js'
import type { ParameterValue } from './parameter-types.js'

/** The parameters of the run before, by name: without secrets, and without names that the job does not declare (any more). */
export type LastParameters = Readonly<Record<string, ParameterValue | undefined>>

/**
 * Makes the parameters of a job's next run from those of the last one, for `operator.startNext`. {@link RunIdIncrementer}
 * is one.
 */
export interface JobParametersIncrementer<I extends ParameterShape = ParameterShape> {
  /** What it adds to the job's parameters; the job need not declare it again, and may. Default: nothing. */
  readonly parameters?: I
  /**
   * All parameters of the next run; `last` is `undefined` when the job has never run. What it leaves out is left out: begin
   * with `...last`. What the caller of `startNext` gives comes on top. Synchronous.
   */
  next(last: LastParameters | undefined): LastParameters
}

/** An incrementer as a function, typed by the job's parameters: as {@link JobParametersIncrementer.next}. */
export type IncrementFunction<S extends ParameterShape> = (
  last: Partial<ParameterValues<S>> | undefined,
) => Partial<ParameterInput<S>>

/** What an incrementer makes of the last parameters. Throws `InvalidOptionError` when that is no plain object. */
export function incremented(
  option: string,
  incrementer: JobParametersIncrementer,
  last: LastParameters | undefined,
): LastParameters {
  const next: unknown = incrementer.next(last)
  if (typeof next === 'object' && next !== null && !Array.isArray(next) && !isThenable(next)) {
    return next as LastParameters
  }
  if (isThenable(next)) void Promise.resolve(next).catch(() => undefined)
  throw new InvalidOptionError(option, next, 'an incrementer that returns parameters: a plain object, and no promise')
}
