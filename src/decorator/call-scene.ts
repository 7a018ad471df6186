import type { ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { JobExecution } from '../domain/job-execution.js'
import { parameterValues } from '../domain/job-parameters.js'
import type { StepContext } from '../domain/step-context.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { DecisionContext } from '../job/flow/flow.js'
import type { EventName, InjectionKind } from './class-metadata.js'

/** Where the values of injected parameters come from in one call of a method. */
export interface CallScene {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly jobContext: ReadonlyExecutionContext
  /** `undefined` outside of a step. */
  readonly stepContext: ReadonlyExecutionContext | undefined
}

/** How a method is called: where what it is handed says what an injected parameter gets. */
export interface CallKind {
  /** The scene of a call, from its arguments. */
  readonly scene: (args: readonly unknown[]) => CallScene
  /** What can be injected. */
  readonly gives: readonly InjectionKind[]
  /** Whether the scene has secrets. */
  readonly hasSecrets: boolean
}

const EVERYTHING: readonly InjectionKind[] = ['JobParam', 'JobContextValue', 'StepContextValue']

/** A call whose argument at `index` is the context of a step. */
export function stepCall(index: number): CallKind {
  return { scene: (args) => sceneOf(args[index] as StepContext<unknown>), gives: EVERYTHING, hasSecrets: true }
}

function sceneOf({ parameters, executionContext, jobExecutionContext }: StepContext<unknown>): CallScene {
  return {
    parameters: parameters as CallScene['parameters'],
    jobContext: jobExecutionContext,
    stepContext: executionContext,
  }
}

/** A call of a decider. */
export const DECISION_CALL: CallKind = {
  scene: ([context]) => {
    const { parameters, jobExecution } = context as DecisionContext<CallScene['parameters']>
    return { parameters, jobContext: jobExecution.executionContext, stepContext: undefined }
  },
  gives: ['JobParam', 'JobContextValue'],
  hasSecrets: true,
}

const JOB_CALL: CallKind = {
  scene: ([execution]) => {
    const { parameters, executionContext } = execution as JobExecution
    return { parameters: parameterValues(parameters), jobContext: executionContext, stepContext: undefined }
  },
  gives: ['JobParam', 'JobContextValue'],
  hasSecrets: false,
}

const NOTHING: CallKind = {
  scene: () => {
    throw new Error('an event without a context has no scene')
  },
  gives: [],
  hasSecrets: false,
}

/** Contexts of steps that have begun, by their executions: an end is told with the execution alone. */
const begun = new WeakMap<StepExecution, StepContext<unknown>>()

/** A listener that stands before those of a class: an `afterStep` with injected parameters needs it. */
export const REMEMBER_BEGUN = {
  beforeStep: (context: StepContext<unknown>): void => void begun.set(context.stepExecution, context),
}

const STEP_END: CallKind = {
  ...stepCall(0),
  scene: ([execution]) => sceneOf(begun.get(execution as StepExecution) as StepContext<unknown>),
}

/** How the method of each event is called. */
export const EVENT_CALLS: Readonly<Record<EventName, CallKind>> = {
  beforeJob: JOB_CALL,
  afterJob: JOB_CALL,
  beforeStep: stepCall(0),
  afterStep: STEP_END,
  beforeChunk: stepCall(1),
  afterChunk: stepCall(1),
  onChunkError: stepCall(2),
  afterRead: NOTHING,
  onReadError: NOTHING,
  beforeProcess: NOTHING,
  afterProcess: NOTHING,
  onProcessError: NOTHING,
  beforeWrite: stepCall(1),
  afterWrite: stepCall(1),
  onWriteError: NOTHING,
  onSkipInRead: stepCall(1),
  onSkipInProcess: stepCall(2),
  onSkipInWrite: stepCall(2),
  onRetry: stepCall(2),
}
