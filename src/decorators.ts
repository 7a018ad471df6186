// Jobs
export { Job } from './decorator/class-decorators.js'
export type { FitsJob, JobClassOptions } from './decorator/class-decorators.js'
export { Decision, Step, Tasklet } from './decorator/step-decorators.js'
export type { FitsOutside, FitsStep, TaskletOptions } from './decorator/step-decorators.js'
export type {
  FitsMethods,
  MethodNames,
  NamesIn,
  TransitionMap,
  Transitions,
  TransitionTarget,
} from './decorator/transitions.js'

// Steps of their own
export { ChunkStep } from './decorator/class-decorators.js'
export type { ChunkStepClassOptions } from './decorator/class-decorators.js'
export type { ChunkStepParts, FitsChunkStep } from './decorator/chunk-step-fit.js'

// Parameters of their methods
export { JobContextValue, JobParam, StepContextValue } from './decorator/parameter-decorators.js'
export type { Converter } from './decorator/convert-value.js'

// Listeners
export {
  AfterChunk,
  AfterJob,
  AfterProcess,
  AfterRead,
  AfterStep,
  AfterWrite,
  BeforeChunk,
  BeforeJob,
  BeforeProcess,
  BeforeStep,
  BeforeWrite,
  OnChunkError,
  OnProcessError,
  OnReadError,
  OnRetry,
  OnSkipInProcess,
  OnSkipInRead,
  OnSkipInWrite,
  OnWriteError,
} from './decorator/listener-decorators.js'
export type { JobListenerDecorator, StepListenerDecorator } from './decorator/listener-decorators.js'

// From classes to jobs
export { compileJob } from './decorator/compile-job.js'
export { compileStep } from './decorator/compile-chunk-step.js'
export type { CompileOptions, ComponentClass, ComponentResolver } from './decorator/component-resolver.js'
export { DecoratorError } from './decorator/decorator-error.js'
