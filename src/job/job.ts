import type { ParameterShape } from '../domain/parameter-shape.js'
import type { JobListener } from '../listener/job-listener.js'
import type { Step } from '../step/step.js'

/**
 * Steps that run one after another under one name, with declared parameters. A value: made once by {@link job}, run as
 * often as needed.
 */
export interface Job<S extends ParameterShape = ParameterShape> {
  readonly name: string
  readonly parameters: S
  /** In the order in which they run. */
  readonly steps: readonly Step<never>[]
  readonly listeners: readonly JobListener[]
  /** False: an execution that failed or was stopped cannot be followed by another of the same instance. */
  readonly restartable: boolean
}

/** Options of a job. */
export interface JobOptions<S extends ParameterShape> {
  /** The parameters a start is given, by name. Default: none. */
  readonly parameters?: S
  /** Told when the job begins and ends. */
  readonly listeners?: readonly JobListener[]
  /** Refuse to start an instance again after it failed or was stopped. Default false. */
  readonly preventRestart?: boolean
}
