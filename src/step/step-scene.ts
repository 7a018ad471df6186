import type { JobExecution } from '../domain/job-execution.js'
import type { JobParameters } from '../domain/job-parameters.js'
import type { OwnershipLostError } from '../domain/ownership-errors.js'
import type { ParameterShape } from '../domain/parameter-shape.js'
import type { Mutable } from '../domain/step-execution.js'
import type { JobTrace, StepTrace } from '../listener/traces.js'
import type { JobRepository } from '../repository/job-repository.js'
import type { Lease } from '../repository/lease.js'
import type { Clock } from '../support/clock.js'
import type { Deadline } from '../support/deadline.js'
import type { Logger } from '../support/logger.js'
import type { Mutex } from '../support/mutex.js'
import type { SceneProgress } from './step-progress.js'
import type { Pass, StepPasses } from './step-passes.js'

/** What the steps of a running job execution have in common. */
export interface StepScene {
  readonly jobExecution: Mutable<JobExecution>
  /** The job's parameters as values. */
  readonly parameters: unknown
  /** Whether the instance may have executions before this one. */
  readonly restarted: boolean
  readonly repository: JobRepository
  readonly lease: Lease
  /** Aborted with `StopRequestedError` for a stop, with `OwnershipLostError` when the lease is gone. */
  readonly signal: AbortSignal
  readonly deadline: Deadline
  readonly requestStop: () => void
  /** Why nothing more may be written, or `undefined`. A stop asked before does not hide it, as it does in the signal. */
  readonly ownershipLost: () => OwnershipLostError | undefined
  /** After how many crashes in a row at one place a step is not run again; `undefined`: it is run. */
  readonly maxCrashes: number | undefined
  /** How often the execution has come to each step. */
  readonly passes: StepPasses
  /** How many executions of a step may run at once, each with connections of its own: more than 1 in partitions. */
  readonly sideBySide: number
  /** Where flows have ended by a stop of their own: stored when the job ends STOPPED. */
  readonly stops: StopMark[]
  /** Lets one step's end at a time store the job's context: steps side by side must not undo one another's keys. */
  readonly jobContextTurn: Mutex
  /** Starts another job, whose execution belongs to a step of this one. */
  readonly startJob: StartJob
  /** Where its steps stand among what is told of the job. */
  readonly traces: SceneTraces
  readonly progress: SceneProgress
  readonly logger: Logger
  readonly clock: Clock
}

/** What the traces of steps lead to. */
export interface SceneTraces {
  readonly job: JobTrace
  /** The step that they run in. */
  readonly step?: StepTrace
  /** The partition of that step which runs. */
  readonly partition?: string
}

/** A place at which a flow has stopped. */
export interface StopMark {
  readonly flow: string
  /** Which pass of the flow it was. */
  readonly flowPass: Pass
  readonly place: string
  readonly placePass: Pass
  /** Where the flow begins after a restart; `undefined`: at its beginning, and it goes on behind the place. */
  readonly restartAt?: string | undefined
}

/** Starts a job that belongs to a step of another. Rejects as `JobOperator.start` does. */
export type StartJob = (request: ChildJobRequest) => Promise<ChildJob>

/** The job that a step starts. */
export interface ChildJobRequest {
  readonly job: StartableJob
  readonly parameters: JobParameters
  /** Stored with the child's execution: whose it is. */
  readonly parent: ParentLink
  /** The trace of that step. */
  readonly trace: StepTrace
}

/** As much of a job as a step knows of it. */
export interface StartableJob {
  readonly name: string
  readonly parameters: ParameterShape
}

/** The step that a job belongs to. */
export interface ParentLink {
  readonly jobInstanceId: number
  readonly stepName: string
  /** Which pass of the step, where it stands in a loop. */
  readonly pass: Pass
}

/** A job that was started by a step. */
export interface ChildJob {
  readonly execution: JobExecution
  readonly result: Promise<JobExecution>
  /** Asks for a stop. Never rejects. */
  stop(): Promise<JobExecution>
}
