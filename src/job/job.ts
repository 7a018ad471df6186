import type { IncrementFunction, JobParametersIncrementer } from '../domain/job-parameters-incrementer.js'
import type { ParameterCheck } from '../domain/parameter-check.js'
import type { MergedShape, ParameterShape, ParameterValues } from '../domain/parameter-shape.js'
import type { JobListener } from '../listener/job-listener.js'
import type { Step } from '../step/step.js'
import type { Flow } from './flow/flow.js'
import type { Duration } from '../support/duration.js'

/**
 * Steps under one name, what follows each of them, and declared parameters. A value: made once by {@link job}, run as often
 * as needed.
 */
export interface Job<S extends ParameterShape = ParameterShape> {
  readonly name: string
  readonly parameters: S
  /** The rule across its parameters, if there is one. */
  readonly validate?: ParameterCheck<never> | undefined
  /** What makes the parameters of the next run, if there is one. */
  readonly incrementer?: JobParametersIncrementer | undefined
  /** Its steps and where it goes from each of them. Its name is empty: it is no part of another flow. */
  readonly flow: Flow
  /** All its steps, those of flows inside it too, in the order in which they were added. */
  readonly steps: readonly Step<never>[]
  readonly listeners: readonly JobListener[]
  /** False: an execution that failed or was stopped cannot be followed by another of the same instance. */
  readonly restartable: boolean
  /** How long an execution may take, in milliseconds. Default: as long as it takes. */
  readonly timeout?: number | undefined
  /** How often in a row a step may lose its process at one place before it is not run again. */
  readonly maxCrashes: number
}

/** Options of a job. */
export interface JobOptions<S extends ParameterShape, I extends ParameterShape = Record<never, never>> {
  /** The parameters a start is given, by name. Default: none. */
  // The intersection types a declaration's validator, which inference alone would not.
  readonly parameters?: S & ParameterShape
  /**
   * A rule across the parameters, checked at each start once each of them is right, and before anything is stored: a
   * Standard Schema for the object of all values, or a function that says what is wrong. Synchronous. Default: none.
   */
  readonly validate?: ParameterCheck<ParameterValues<MergedShape<S, I>>>
  /**
   * Makes the parameters of the next run for `operator.startNext`: a {@link JobParametersIncrementer} such as
   * `RunIdIncrementer`, or a function `(last) => next`. Default: none, and `startNext` refuses the job.
   */
  readonly incrementer?: JobParametersIncrementer<I> | IncrementFunction<S>
  /** Listeners, told when the job begins, in this order, and when it ends, in reverse. Default: none. */
  readonly listeners?: readonly JobListener[]
  /** Refuse to start an instance again after it failed or was stopped. Default false. */
  readonly preventRestart?: boolean
  /**
   * How long one execution may take. When the time is over, the step that runs ends as by its own `timeout.step`, and the
   * job is FAILED with `TimeoutError`. At most 24 days. Default: as long as it takes.
   */
  readonly timeout?: Duration
  /**
   * After how many executions in a row that died at the same place of the same step (killed, out of memory; found by
   * takeover) the step is not run again: the job then fails with `CrashLoopError` until an operator restarts it with
   * `{ ignoreCrashes: true }`. 1 to 1000. Default 5.
   */
  readonly maxCrashes?: number
}
