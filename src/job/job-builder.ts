import { OptionCheck } from '../domain/check-option.js'
import { defineParameters } from '../domain/define-parameters.js'
import type { DoesNotFit } from '../domain/does-not-fit.js'
import type { FitsShape, MergedShape, ParameterShape, ParameterValues } from '../domain/parameter-shape.js'
import { checkListeners } from '../listener/check-listeners.js'
import type { Step } from '../step/step.js'
import { checkTimeout } from '../step/time-limit.js'
import { checkIncrementer, checkValidator, type FitsIncrementer, mergedParameters } from './job-incrementer.js'
import type { Job, JobOptions } from './job.js'

/** `unknown` when a step that reads `P` can run in a job with the parameters `V`, else a sentence. */
export type FitsParameters<V, P> = [V] extends [P]
  ? unknown
  : DoesNotFit<`the step reads the parameter "${Missing<V, P>}", which the job does not declare with that type`>

type Missing<V, P> = { [K in keyof P & string]: K extends keyof V ? (V[K] extends P[K] ? never : K) : K }[keyof P &
  string]

/** `unknown` when no step of the job has this name, else a sentence. */
export type FitsName<Names extends string, N extends string> = string extends N
  ? unknown
  : N extends Names
    ? DoesNotFit<`the job already has a step named "${N}"`>
    : unknown

const KNOWN_OPTIONS = ['parameters', 'validate', 'incrementer', 'listeners', 'preventRestart', 'maxCrashes', 'timeout']

/** A job that has no step yet. */
export interface JobStart<S extends ParameterShape> {
  /** The first step. */
  start<P, const N extends string>(step: Step<P, N> & FitsParameters<ParameterValues<S>, P>): JobBuilder<S, N>
}

/** A job under construction: each call gives a new builder, the one before it stays as it was. */
export interface JobBuilder<S extends ParameterShape, Names extends string> {
  /** The step that runs when all before it have completed. */
  next<P, const N extends string>(
    step: Step<P, N> & FitsParameters<ParameterValues<S>, P> & FitsName<Names, N>,
  ): JobBuilder<S, Names | N>
  /** The finished job. */
  build(): Job<S>
}

/**
 * Begins a job. Names are 1 to 100 characters and tell jobs apart in the repository.
 *
 * @example
 * ```ts
 * import { chunkStep, job } from 'chunkwise'
 *
 * const load = chunkStep('load', { chunkSize: 100, reader: ['a', 'b'], writer: (items) => console.log(items) })
 * export const nightly = job('nightly', { parameters: { day: 'localDate' } }).start(load).build()
 * ```
 *
 * @throws InvalidOptionError a name, an option or a declared parameter cannot work
 */
export function job<
  const S extends ParameterShape = Record<never, never>,
  const I extends ParameterShape = Record<never, never>,
>(
  name: string,
  options: JobOptions<S, I> & FitsShape<S> & FitsIncrementer<S, I> = {} as never,
): JobStart<MergedShape<S, I>> {
  new OptionCheck('job').text('name', name, 1, 100)
  const owner = `job(${JSON.stringify(name)})`
  const check = new OptionCheck(owner)
  check.object(options, KNOWN_OPTIONS)
  if (options.preventRestart !== undefined) check.boolean('preventRestart', options.preventRestart)
  checkListeners(check, options.listeners)
  const incrementer = checkIncrementer(check, options.incrementer)
  const parameters = mergedParameters(check, options.parameters ?? {}, incrementer)
  defineParameters(`${owner}.parameters`, parameters)
  const empty: Job<MergedShape<S, I>> = {
    name,
    parameters: parameters as MergedShape<S, I>,
    validate: checkValidator(check, options.validate),
    incrementer,
    steps: [],
    listeners: options.listeners ?? [],
    restartable: options.preventRestart !== true,
    timeout: checkTimeout(check, 'timeout', options.timeout),
    maxCrashes: check.integer('maxCrashes', options.maxCrashes ?? 5, 1, 1000),
  }
  return { start: (step) => builder(check, withStep(check, empty, step)) }
}

function builder<S extends ParameterShape, Names extends string>(
  check: OptionCheck,
  built: Job<S>,
): JobBuilder<S, Names> {
  return {
    next: (step) => builder(check, withStep(check, built, step)),
    build: () => built,
  }
}

function withStep<S extends ParameterShape>(check: OptionCheck, built: Job<S>, step: Step<never>): Job<S> {
  check.methods('step', step, ['execute'], 'a step, as chunkStep makes one')
  if (built.steps.some((other) => other.name === step.name)) {
    check.fail('step', step.name, 'a step whose name the job does not have yet')
  }
  return { ...built, steps: [...built.steps, step] }
}
