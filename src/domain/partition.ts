import type { NoParameters, StepContext } from './step-context.js'

/** A part of a step's work, which a step execution of its own does. */
export interface Partition {
  /**
   * What tells it from the others of its step. With the step's name and a colon before it, it has at most 100 characters;
   * any but NUL and halves of surrogate pairs.
   */
  readonly name: string
  /** What its step execution's context begins with: the values that say which part it is. */
  readonly context: Readonly<Record<string, unknown>>
}

/** Partitions one after another, as a {@link Partitioner} gives them. */
export type Partitions = Iterable<Partition> | AsyncIterable<Partition>

/** Cuts the work of a step into partitions. */
export interface Partitioner<P = NoParameters> {
  /**
   * Called once for all the executions that the step's work takes: its answer is stored before the first partition runs.
   * `gridSize` is how many partitions run at once; it may give more or fewer. None at all: the step has nothing to do.
   */
  partition(gridSize: number, context: StepContext<P>): Partitions | Promise<Partitions>
}

/** The `partitioner` of a step: an object, or a function that is its `partition`. */
export type PartitionerOption<P = NoParameters> = Partitioner<P> | Partitioner<P>['partition']
