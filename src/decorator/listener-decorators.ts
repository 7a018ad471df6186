import type { ListenerEvents } from '../listener/listener.js'
import type { EventName } from './class-metadata.js'
import { declareListener } from './declare.js'
import type { FitsMethods } from './transitions.js'

/** What a listener's method may return: what the method of a listener object may. */
type Told<E extends EventName> = ReturnType<NonNullable<ListenerEvents[E]>>

/** Applied to a method of `T` that is told of an event. */
type AppliedListener<E extends EventName, N extends string> = <T extends object, M extends (...args: never) => Told<E>>(
  target: T & FitsMethods<T, N>,
  method: string,
  descriptor: TypedPropertyDescriptor<M>,
) => void

/**
 * A decorator for the event `E` of a job. The method is handed what the listener's method of that name is; parameters with
 * a decorator of their own get their values from the execution.
 */
export type JobListenerDecorator<E extends EventName> = () => AppliedListener<E, never>

/**
 * A decorator for the event `E` of a step. In a class with `@Job` it is told of all steps that the class itself defines and
 * that have such an event, or of those that `steps` names; in a class with `@ChunkStep` of that step.
 */
export type StepListenerDecorator<E extends EventName> = <const N extends string = never>(options?: {
  /** The methods whose steps are told of. Default: all of them. */
  readonly steps?: readonly N[]
}) => AppliedListener<E, N>

function onJob<E extends EventName>(event: E): JobListenerDecorator<E> {
  return () => (target, method) => declareListener(target, { event, method, steps: undefined })
}

function onStep<E extends EventName>(event: E): StepListenerDecorator<E> {
  return (options) => (target, method) => declareListener(target, { event, method, steps: options?.steps })
}

/** The method is told before the first step. An error fails the job. */
export const BeforeJob: JobListenerDecorator<'beforeJob'> = onJob('beforeJob')
/** The method is told after the last step. An error is recorded; the status stays. */
export const AfterJob: JobListenerDecorator<'afterJob'> = onJob('afterJob')
/** The method is told before a step opens its reader. An error fails the step. */
export const BeforeStep: StepListenerDecorator<'beforeStep'> = onStep('beforeStep')
/** The method is told after a step, and may return an exit status that raises the step's. */
export const AfterStep: StepListenerDecorator<'afterStep'> = onStep('afterStep')
/** The method is told before a chunk is processed: before its transaction. */
export const BeforeChunk: StepListenerDecorator<'beforeChunk'> = onStep('beforeChunk')
/** The method is told after a chunk's transaction has committed. */
export const AfterChunk: StepListenerDecorator<'afterChunk'> = onStep('afterChunk')
/** The method is told after a chunk was rolled back, or its processing failed. */
export const OnChunkError: StepListenerDecorator<'onChunkError'> = onStep('onChunkError')
/** The method is told of each item that was read. */
export const AfterRead: StepListenerDecorator<'afterRead'> = onStep('afterRead')
/** The method is told of each failed read, also of one that is skipped. */
export const OnReadError: StepListenerDecorator<'onReadError'> = onStep('onReadError')
/** The method is told of each item before it is processed. */
export const BeforeProcess: StepListenerDecorator<'beforeProcess'> = onStep('beforeProcess')
/** The method is told of each item that was processed, and of the result. */
export const AfterProcess: StepListenerDecorator<'afterProcess'> = onStep('afterProcess')
/** The method is told of each item whose processing failed. */
export const OnProcessError: StepListenerDecorator<'onProcessError'> = onStep('onProcessError')
/** The method is told before the writer is called: inside the transaction. */
export const BeforeWrite: StepListenerDecorator<'beforeWrite'> = onStep('beforeWrite')
/** The method is told after the writer has returned: inside the transaction. */
export const AfterWrite: StepListenerDecorator<'afterWrite'> = onStep('afterWrite')
/** The method is told when the writing of a chunk failed: after the rollback. */
export const OnWriteError: StepListenerDecorator<'onWriteError'> = onStep('onWriteError')
/** The method is told of each read that was skipped: inside the transaction. */
export const OnSkipInRead: StepListenerDecorator<'onSkipInRead'> = onStep('onSkipInRead')
/** The method is told of each item that was skipped in processing: inside the transaction. */
export const OnSkipInProcess: StepListenerDecorator<'onSkipInProcess'> = onStep('onSkipInProcess')
/** The method is told of each item that was skipped in writing: inside the transaction. */
export const OnSkipInWrite: StepListenerDecorator<'onSkipInWrite'> = onStep('onSkipInWrite')
/** The method is told of each attempt that failed and is followed by another. */
export const OnRetry: StepListenerDecorator<'onRetry'> = onStep('onRetry')
