import { ExecutionContext } from '../domain/execution-context.js'
import { InvalidOptionError } from '../domain/option-error.js'
import type { NoParameters, StepContext } from '../domain/step-context.js'
import type { Mutable } from '../domain/step-execution.js'
import { STEP_OF, type StepDefinition, type StepOf } from '../step/step-definition.js'
import type { ItemStep, Step } from '../step/step.js'

/** An instance of a class with `@ChunkStep`. */
export interface StepObject<I = unknown, O = unknown> {
  read?(...args: never[]): unknown
  reader?(...args: never[]): unknown
  process?(item: I, ...rest: never[]): unknown
  processor?(...args: never[]): unknown
  write?(items: readonly O[], ...rest: never[]): unknown
  writer?(...args: never[]): unknown
}

/**
 * What a test can run as a step: a step; or one without a name, which is called `step`: that of `chunk`, an instance of a
 * class with `@ChunkStep`, or the class itself, if its constructor takes nothing.
 */
export type StepToRun<I = unknown, O = unknown, P = NoParameters> =
  | ItemStep<I, O, P>
  | StepDefinition<P>
  | StepObject<I, O>
  | (new () => StepObject<I, O>)

/** What a step finds as it begins, besides what is stored. */
export interface StepSurroundings {
  /** The values of the parameters that the step sees. They need not be declared anywhere. Default: none. */
  readonly parameters?: unknown
  /** What is in the step's context when it first begins, such as the values of a partition. Default: nothing. */
  readonly context?: Readonly<Record<string, unknown>>
  /** What earlier steps have promoted to the job's context. Default: nothing. */
  readonly jobContext?: Readonly<Record<string, unknown>>
}

/** The step that is meant. */
export function toStep(owner: string, given: unknown): Step<never> {
  const step = (given ?? {}) as Partial<Step<never> & StepDefinition<never>>
  if (typeof step.execute === 'function') return step as Step<never>
  if (typeof step.named === 'function') return step.named('step')
  const type = (typeof given === 'function' ? given : step.constructor) as StepOf
  const stepOf = type[STEP_OF]
  if (stepOf !== undefined) return stepOf(given as object).named('step')
  throw new InvalidOptionError(`${owner}.step`, given, 'a step, a step without a name, or a class with @ChunkStep')
}

/** The step, seeing these surroundings: a test need not declare a job's parameters to run one of its steps. */
export function withSurroundings(step: Step<never>, surroundings: StepSurroundings): Step<NoParameters> {
  const { parameters = {} } = surroundings
  const surround = (context: StepContext<unknown>): void => placeIn(context, surroundings)
  const tested: Step<never> = {
    name: step.name,
    allowStartIfComplete: step.allowStartIfComplete,
    startLimit: step.startLimit,
    promotion: step.promotion,
    // The first to be told: the others see what the step sees.
    listeners: [{ beforeStep: surround }, ...step.listeners],
    partitioned: step.partitioned === true,
    delegates: (executionContext) => step.delegates?.(executionContext) === true,
    execute: (runtime) => step.execute({ ...runtime, inner: { ...runtime.inner, parameters: parameters as never } }),
  }
  return tested as unknown as Step<NoParameters>
}

function placeIn(step: StepContext<unknown>, { parameters = {}, context, jobContext }: StepSurroundings): void {
  const seen = step as Mutable<StepContext<unknown>>
  seen.parameters = parameters
  if (jobContext !== undefined) seen.jobExecutionContext = added(new ExecutionContext(), jobContext)
  if (context === undefined) return
  const execution = seen.stepExecution as Mutable<StepContext<unknown>['stepExecution']>
  execution.executionContext = added(execution.executionContext.copy(), context)
}

/** A restart finds what it has stored itself. */
function added(to: ExecutionContext, values: Readonly<Record<string, unknown>>): ExecutionContext {
  for (const [key, value] of Object.entries(values)) if (!to.has(key)) to.put(key, value)
  return to
}
