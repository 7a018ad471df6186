import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { JobExecution } from '../domain/job-execution.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Trace } from '../support/traced.js'

/** What the channel `chunkwise:job` tells: the run of a job, from behind its start to its stored end. */
export interface JobTrace extends Trace {
  /** The execution as it is now: its status is final with `asyncEnd`. */
  readonly jobExecution: JobExecution
  /** The step of another job that has started this one; `undefined`: none has. */
  readonly startedBy: StepTrace | undefined
}

/** What the channel `chunkwise:step` tells: the run of a step or of a partition, from its beginning to its stored end. */
export interface StepTrace extends Trace {
  /** The execution as it is now: its status and counts are final with `asyncEnd`. */
  readonly stepExecution: StepExecution
  /** The name of the step; of a partition, that of the step it is a part of. */
  readonly stepName: string
  /** The name of the partition; `undefined` for a step. */
  readonly partition: string | undefined
  /** Whether its counts are sums over its partitions, which are told of themselves. */
  readonly partitioned: boolean
  /** The job it belongs to: the very object that `chunkwise:job` has told. */
  readonly job: JobTrace
  /** The step it runs in: that of its partition, of its flow; `undefined`: it runs in the job itself. */
  readonly inside: StepTrace | undefined
}

/**
 * What the channel `chunkwise:chunk` tells: a chunk, from when it was read until it was committed, rolled back or dropped.
 * Its waiting for others is part of that.
 */
export interface ChunkTrace extends Trace {
  /** The step it belongs to: the very object that `chunkwise:step` has told. */
  readonly step: StepTrace
  /** The number of the chunk in this step execution, from 0. */
  readonly index: number
  /** How many items were read for it. */
  readonly size: number
  /**
   * What became of it, there with `asyncEnd`. `'dropped'`: it was not written, because of a stop or a failure of another;
   * `'failed'`: it was not committed, or its outcome is not known.
   */
  outcome?: 'committed' | 'failed' | 'dropped'
}

/** Tells of jobs. Anybody may subscribe by its name, `tracingChannel('chunkwise:job')`, without this package. */
export const jobChannel: TracingChannel<unknown, JobTrace> = tracingChannel('chunkwise:job')
/** Tells of steps and partitions: `chunkwise:step`. */
export const stepChannel: TracingChannel<unknown, StepTrace> = tracingChannel('chunkwise:step')
/** Tells of chunks: `chunkwise:chunk`. */
export const chunkChannel: TracingChannel<unknown, ChunkTrace> = tracingChannel('chunkwise:chunk')
