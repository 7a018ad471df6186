import type { DoesNotFit } from '../domain/does-not-fit.js'
import type { Decision as DecisionElement, Flow, Split } from '../job/flow/flow.js'
import type { StepDefinition } from '../step/step-definition.js'
import type { Step as StepElement } from '../step/step.js'
import type { TaskletResult } from '../step/tasklet/tasklet.js'
import type { TaskletStepOptions } from '../step/tasklet/tasklet-options.js'
import type { ChunkStepParts } from './chunk-step-fit.js'
import type { MemberKind } from './class-metadata.js'
import { declareMember } from './declare.js'
import {
  type FitsMethods,
  type NamesIn,
  TRANSITION_OPTIONS,
  type TransitionMap,
  type Transitions,
} from './transitions.js'

/** What a `@Step()` method named `K` may return besides a definition: what has that name already. */
type ReadyElement<K extends string> =
  | StepElement<never, K>
  | DecisionElement<never, K>
  | Split<never, K>
  | Flow<never, K>

/** `unknown` when a method named `K` says what a step is, else a sentence. */
export type FitsStep<M, K extends string> = M extends () => infer R
  ? [R] extends [
      StepDefinition<never> | ReadyElement<K> | ChunkStepParts | (abstract new (...args: never) => ChunkStepParts),
    ]
    ? unknown
    : [R] extends [ReadyElement<string>]
      ? DoesNotFit<'what a @Step method returns has the name of the method, or none yet'>
      : DoesNotFit<'a @Step method returns what the step is, such as chunk({ … }), tasklet(…) or partition({ … })'>
  : DoesNotFit<'a @Step method is called without arguments, before anything runs'>

/** Options of {@link Tasklet}: where the job goes on, and those of `taskletStep`. */
export type TaskletOptions<
  O extends TransitionMap = TransitionMap,
  X extends string = string,
  U extends boolean = boolean,
> = Transitions<O, X> & TaskletStepOptions & { readonly outside?: U }

/** `unknown` when a tasklet that runs outside of the transaction does not want it, else a sentence. */
export type FitsOutside<M, U> = [U] extends [true]
  ? M extends (...args: infer A) => unknown
    ? [Extract<A[number], { readonly transaction: unknown }>] extends [never]
      ? unknown
      : DoesNotFit<'outside of the transaction a tasklet is handed an OutsideTaskletContext'>
    : unknown
  : unknown

/** No transitions. */
type None = Record<never, never>

/**
 * The method says what a step of the job is: it returns `chunk(…)`, `tasklet(…)`, `partition(…)`, `nestedJob(…)` or
 * `nestedFlow(…)`; an instance of a class with `@ChunkStep`, or that class; or a step, flow or split that has the method's
 * name. It is called once, without arguments, when the class is compiled. The step has the method's name, by which its
 * executions are found: a method that is renamed is another step.
 */
export function Step<const O extends TransitionMap = None, const X extends string = never>(
  transitions: Transitions<O, X> = {},
): <T extends object, const K extends string, M extends (...args: never) => unknown>(
  target: T & FitsMethods<T, NamesIn<O> | X>,
  method: K,
  descriptor: TypedPropertyDescriptor<M> & FitsStep<M, K>,
) => void {
  return declare('Step', transitions)
}

/**
 * The method is the tasklet of a step: it is called until it says that it has finished, each call in a transaction of its
 * own. It is handed a `TaskletContext`, with `outside: true` an `OutsideTaskletContext`.
 */
export function Tasklet<
  const O extends TransitionMap = None,
  const X extends string = never,
  const U extends boolean = false,
>(
  options: TaskletOptions<O, X, U> = {},
): <T extends object, M extends (...args: never) => TaskletResult | Promise<TaskletResult>>(
  target: T & FitsMethods<T, NamesIn<O> | X>,
  method: string,
  descriptor: TypedPropertyDescriptor<M> & FitsOutside<M, U>,
) => void {
  return declare('Tasklet', options)
}

/**
 * The method decides where the job goes on: it is handed a `DecisionContext` and gives a name that the patterns of `on`
 * match. It stores nothing and is asked again in a restarted job.
 */
export function Decision<const O extends TransitionMap = None, const X extends string = never>(
  transitions: Transitions<O, X>,
): <T extends object, M extends (...args: never) => string | Promise<string>>(
  target: T & FitsMethods<T, NamesIn<O> | X>,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void {
  return declare('Decision', transitions)
}

function declare(kind: MemberKind, options: Transitions): (target: object, method: string) => void {
  return (target, method) => declareMember(target, { kind, method, ...split(options) })
}

/** Where the job goes on, and everything else. */
function split(given: Transitions): { readonly transitions: Transitions; readonly options: object } {
  const isTransition = (name: string): boolean => (TRANSITION_OPTIONS as readonly string[]).includes(name)
  const entries = Object.entries(given)
  return {
    transitions: Object.fromEntries(entries.filter(([name]) => isTransition(name))),
    options: Object.fromEntries(entries.filter(([name]) => !isTransition(name))),
  }
}
