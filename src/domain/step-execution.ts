import type { BatchStatus } from './batch-status.js'
import type { ExecutionContext } from './execution-context.js'
import { ExitStatus } from './exit-status.js'
import { NO_COUNTS, type StepCounts } from './step-counts.js'

/**
 * What the step can promise about the rows it writes. `'exactly-once'`: they commit together with the checkpoint.
 * `'at-least-once'`: a crash between the write and the checkpoint writes the chunk again after the restart.
 */
export type Guarantee = 'exactly-once' | 'at-least-once'

/** One run of a step within a job execution. User code reads it; only the engine and the repository change it. */
export interface StepExecution {
  readonly id: number
  readonly jobExecutionId: number
  readonly jobInstanceId: number
  readonly stepName: string
  /** Counts the row's updates: each update names the version it saw. */
  readonly version: number
  readonly status: BatchStatus
  readonly exitStatus: ExitStatus
  readonly counts: StepCounts
  /** What the step promises about its writes; `undefined` until a chunk or tasklet step has started. */
  readonly guarantee: Guarantee | undefined
  readonly executionContext: ExecutionContext
  readonly createTime: Date
  readonly startTime: Date | undefined
  readonly endTime: Date | undefined
  readonly lastUpdated: Date | undefined
  /** The errors that failed this run, in this process only: the repository keeps their description as text. */
  readonly failures: readonly unknown[]
}

/** The engine's and the repository's view of an execution: the same object, writable. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What a new step execution starts with. */
export interface StepExecutionSeed {
  readonly id: number
  readonly jobExecutionId: number
  readonly jobInstanceId: number
  readonly stepName: string
  readonly executionContext: ExecutionContext
  readonly createTime: Date
}

/** A step execution as it begins: STARTED, nothing counted. */
export function newStepExecution(seed: StepExecutionSeed): StepExecution {
  return {
    ...seed,
    version: 0,
    status: 'STARTED',
    exitStatus: ExitStatus.EXECUTING,
    counts: NO_COUNTS,
    guarantee: undefined,
    startTime: seed.createTime,
    endTime: undefined,
    lastUpdated: seed.createTime,
    failures: [],
  }
}
