import type { JobExecution } from '../../domain/job-execution.js'
import type { ExitCodePattern } from '../../domain/exit-code-pattern.js'
import type { NoParameters } from '../../domain/step-context.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { Step } from '../../step/step.js'
import type { Logger } from '../../support/logger.js'

/**
 * What can stand in a flow: a step, a decision, a split, or another flow. `P` is what it reads of the job's parameters, `N`
 * its name, `Inner` the names of what is in it.
 */
export interface FlowElement<P = never, N extends string = string, Inner extends string = string> {
  readonly name: N
  /** Never present: carries the type of the parameters. */
  readonly parametersType?: (parameters: P) => void
  /** Never present: carries the names of what is inside. */
  readonly innerNames?: Inner
}

/** What a decider is handed. */
export interface DecisionContext<P = NoParameters> {
  readonly jobExecution: JobExecution
  /** The step that ended last on the way here, as it was stored; `undefined` when there is none. */
  readonly stepExecution: StepExecution | undefined
  /** The job's parameters as values. */
  readonly parameters: P
  /** Aborted when the job is to stop or has lost its ownership. */
  readonly signal: AbortSignal
  readonly logger: Logger
}

/** Decides where a flow goes on: gives a name that patterns of its transitions match, such as `'WEEKEND'`. */
export type Decider<P = NoParameters> = (context: DecisionContext<P>) => string | Promise<string>

/** A fork in a flow. Made by {@link decision}. */
export interface Decision<P = never, N extends string = string> extends FlowElement<P, N, never> {
  readonly kind: 'decision'
  readonly decide: Decider<never>
}

/** Flows that run side by side. Made by {@link split}. */
export interface Split<P = never, N extends string = string, Inner extends string = string> extends FlowElement<
  P,
  N,
  Inner
> {
  readonly kind: 'split'
  readonly flows: readonly Flow[]
  readonly taskExecutor: TaskExecutor | undefined
}

/** Steps and their transitions under one name: a value that may stand in several jobs. Made by {@link flow}. */
export interface Flow<P = never, N extends string = string, Inner extends string = string> extends FlowElement<
  P,
  N,
  Inner
> {
  readonly kind: 'flow'
  /** The name of the place where it begins. */
  readonly start: string
  /** By the name of what stands there, in the order in which they were added. */
  readonly places: ReadonlyMap<string, FlowPlace>
}

/** A place of a flow. */
export interface FlowPlace {
  readonly element: FlowElement
  /** The most specific first. */
  readonly transitions: readonly FlowTransition[]
  /** Where it goes on when what stands here has COMPLETED and no transition matches. */
  readonly next: string | undefined
}

/** Where a flow goes on after an exit code. */
export interface FlowTransition {
  readonly pattern: ExitCodePattern
  readonly target: FlowTarget
}

/** Another place of the flow, or an end. */
export type FlowTarget =
  | { readonly kind: 'to'; readonly name: string }
  | { readonly kind: 'end'; readonly exitCode: string }
  | { readonly kind: 'fail'; readonly exitCode: string }
  /** `restartAt`: where a restart begins; without it, behind this stop. */
  | { readonly kind: 'stop'; readonly restartAt: string | undefined }

/** Whether an element is a step. */
export function isStep(element: FlowElement): element is Step<never> {
  return typeof (element as Partial<Step<never>>).execute === 'function'
}

/** What an element is, if it is no step. */
export function kindOf(element: FlowElement): 'decision' | 'split' | 'flow' | undefined {
  return (element as Partial<Decision | Split | Flow>).kind
}

/** All elements of a flow, and of the flows inside it, in the order in which they were added. */
export function* elementsOf(flow: Flow): Generator<FlowElement> {
  for (const { element } of flow.places.values()) {
    yield element
    yield* insideOf(element)
  }
}

/** What is inside an element. */
function* insideOf(element: FlowElement): Generator<FlowElement> {
  for (const inner of flowsIn(element)) {
    if (inner !== element) yield inner
    yield* elementsOf(inner)
  }
}

/** The flows that an element is made of: its own if it is one, the branches of a split, the flow of a flow step. */
export function flowsIn(element: FlowElement): readonly Flow[] {
  const kind = kindOf(element)
  if (kind === 'flow') return [element as Flow]
  if (kind === 'split') return (element as Split).flows
  const inside = (element as { readonly flow?: Flow }).flow
  return isStep(element) && inside !== undefined ? [inside] : []
}
