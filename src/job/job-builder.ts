import { OptionCheck } from '../domain/check-option.js'
import { defineParameters } from '../domain/define-parameters.js'
import type { FitsShape, MergedShape, ParameterShape, ParameterValues } from '../domain/parameter-shape.js'
import { checkListeners } from '../listener/check-listeners.js'
import { checkTimeout } from '../step/time-limit.js'
import { flowLine } from './flow/flow-builder.js'
import { FlowDraft } from './flow/flow-draft.js'
import type { FitsName, FitsParameters, IsThere } from './flow/flow-fit.js'
import { elementsOf, type FlowElement, isStep } from './flow/flow.js'
import { checkIncrementer, checkValidator, type FitsIncrementer, mergedParameters } from './job-incrementer.js'
import type { Job, JobOptions } from './job.js'

const KNOWN_OPTIONS = ['parameters', 'validate', 'incrementer', 'listeners', 'preventRestart', 'maxCrashes', 'timeout']

/** A job that has no step yet. */
export interface JobStart<S extends ParameterShape> {
  /** Where the job begins. */
  start<P, const N extends string, I extends string = never>(
    element: FlowElement<P, N, I> & FitsParameters<ParameterValues<S>, P>,
  ): JobBuilder<S, N | I>
}

/**
 * A job under construction: each call gives a new builder, the one before it stays as it was. `start` and `next` make the
 * main line; `on(…)` adds a transition and does not move it; `from(…)` continues elsewhere. What stands in the line is a
 * step, a decision, a split, or a flow.
 */
export interface JobBuilder<S extends ParameterShape, Names extends string> {
  /** What runs when what was added last on this line has COMPLETED and none of its patterns matches. */
  next<P, const N extends string, I extends string = never>(
    element: FlowElement<P, N, I> & FitsParameters<ParameterValues<S>, P> & FitsName<Names, N | I>,
  ): JobBuilder<S, Names | N | I>
  /**
   * Leads the line on to something that is in the job already, when what was added last has COMPLETED and none of its
   * patterns matches: so branches come together.
   */
  join<const N extends string>(element: { readonly name: N } & IsThere<Names, N>): JobBuilder<S, Names>
  /** Continues the line behind something that is in the job already: the next `next` comes after it. */
  from<const N extends string>(element: { readonly name: N } & IsThere<Names, N>): JobBuilder<S, Names>
  /**
   * Begins a transition: where the job goes on after `from` when its exit code matches the pattern, in which `*` stands for
   * any text and `?` for one character. Of several that match, the most specific counts.
   */
  on<const N extends string>(
    from: { readonly name: N } & IsThere<Names, N>,
    pattern: string,
  ): JobTransitionBuilder<S, Names>
  /**
   * The finished job.
   *
   * @throws InvalidOptionError a name stands for two things, or there is no way out of a loop
   */
  build(): Job<S>
}

/** A transition of a job: says where it goes. */
export interface JobTransitionBuilder<S extends ParameterShape, Names extends string> {
  /** To something that is in the job, or is added by this. */
  to<P, const N extends string, I extends string = never>(
    element: FlowElement<P, N, I> & FitsParameters<ParameterValues<S>, P>,
  ): JobBuilder<S, Names | N | I>
  /** The job ends COMPLETED, with this exit code. Default `'COMPLETED'`. */
  end(exitCode?: string): JobBuilder<S, Names>
  /** The job ends FAILED, with this exit code. Default `'FAILED'`. A restart runs the failed step again. */
  fail(exitCode?: string): JobBuilder<S, Names>
  /** The job ends STOPPED. A restart goes on behind this place: with its `next`, or, where there is none, to the end. */
  stop(): JobBuilder<S, Names>
  /** The job ends STOPPED. A restart begins at `element`, which is in the job or is added by this. */
  stopAndRestart<P, const N extends string, I extends string = never>(
    element: FlowElement<P, N, I> & FitsParameters<ParameterValues<S>, P>,
  ): JobBuilder<S, Names | N | I>
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
  const common: Omit<Job<MergedShape<S, I>>, 'flow' | 'steps'> = {
    name,
    parameters: parameters as MergedShape<S, I>,
    validate: checkValidator(check, options.validate),
    incrementer,
    listeners: options.listeners ?? [],
    restartable: options.preventRestart !== true,
    timeout: checkTimeout(check, 'timeout', options.timeout),
    maxCrashes: check.integer('maxCrashes', options.maxCrashes ?? 5, 1, 1000),
  }
  const finish = (draft: FlowDraft): Job<MergedShape<S, I>> => {
    const flow = draft.build('')
    const steps = [...elementsOf(flow)].filter(isStep)
    const declared = new Set(Object.keys(parameters))
    for (const step of steps) step.checkParameters?.(declared)
    return { ...common, flow, steps }
  }
  const start = (element: FlowElement): unknown => flowLine(FlowDraft.start(owner, element), finish)
  return { start } as JobStart<MergedShape<S, I>>
}
