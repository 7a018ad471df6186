import type { BatchStatus } from '../domain/batch-status.js'
import type { ExecutionContext } from '../domain/execution-context.js'
import { ExitStatus } from '../domain/exit-status.js'
import type { StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Lease } from './lease.js'

/** The partitions of a step, to be stored before the first of them runs. */
export interface PartitionsRequest {
  readonly lease: Lease
  /** The execution of the step that has them, as it is stored, with the context that it has afterwards. */
  readonly stepExecution: StepExecution
  readonly partitions: readonly PartitionSeed[]
}

/** What the step execution of a partition begins with. */
export interface PartitionSeed {
  readonly stepName: string
  readonly executionContext: ExecutionContext
}

/** Which steps of an instance to sum up. */
export interface StepSummariesRequest {
  readonly jobInstanceId: number
  /** At most 1000. */
  readonly stepNames: readonly string[]
  /** Only executions with a greater id count, except for `starts`. */
  readonly after: number
}

/** What the executions of a step come to. */
export interface StepSummary {
  readonly stepName: string
  /** The latest execution of the step. */
  readonly last: Pick<StepExecution, 'id' | 'jobExecutionId' | 'status' | 'counts'>
  /** How many executions of the step have begun, over all executions of the instance. */
  readonly starts: number
  /** The sums of the counts. */
  readonly counts: StepCounts
}

/** The exit message of a partition that had not begun when its job execution ended. */
export const NOT_STARTED = 'not started'

/** Whether a step execution was stored to be run, and was never begun. */
export function neverBegan({ status, startTime }: Pick<StepExecution, 'status' | 'startTime'>): boolean {
  return status === 'STARTING' && startTime === undefined
}

/** How a step execution ends that its job execution leaves behind: one that never began has not failed. */
export function leftBehind(
  step: StepExecution,
  failed: ExitStatus,
): { readonly status: BatchStatus; readonly exitStatus: ExitStatus } {
  return neverBegan(step)
    ? { status: 'STOPPED', exitStatus: new ExitStatus('STOPPED', NOT_STARTED) }
    : { status: 'FAILED', exitStatus: failed }
}
