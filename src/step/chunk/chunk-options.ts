import type { NoParameters } from '../../domain/step-context.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { ProcessorOption, ReaderOption, WriterOption } from '../../item/item-source.js'
import type { ChunkStepListener } from '../../listener/step-listener.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import type { StepOptions } from '../step.js'

/** Options of a chunk step, besides reader, processor and writer. */
export interface ChunkSettings<I, O> extends StepOptions {
  /** How many items are read, processed, written and committed together. A whole number from 1. */
  readonly chunkSize: number
  /**
   * Where chunks are processed. Default: in the step itself. One executor may serve many steps and jobs, which then
   * share its limit.
   */
  readonly taskExecutor?: TaskExecutor
  /**
   * How many chunks are processed at once. Default: the executor's core size, 1 without an executor. At most twice as
   * many chunks are held in memory: those in processing, and those that wait for their turn to commit.
   */
  readonly concurrency?: number
  /** How many items of one chunk are processed at once; the output keeps the input's order. Default 1. */
  readonly itemConcurrency?: number
  /**
   * The order in which chunks commit. `'read'`, the default and for now the only one: as they were read, one transaction
   * at a time, while the processing of others goes on; what is committed is always a prefix of the input.
   */
  readonly commitOrder?: 'read'
  /**
   * The transactions in which the writer writes. Default: the repository's own, so that rows and checkpoint commit
   * together. A manager of another database makes the step at-least-once.
   */
  readonly transaction?: TransactionManager
  /** Listeners, told in this order of what begins and in reverse of what ends. */
  readonly listeners?: readonly ChunkStepListener<I, O>[]
}

/** Options of a chunk step with a processor. Reader, processor and writer stand in this order: types flow along it. */
export interface ChunkStepOptions<I, O, P = NoParameters> extends ChunkSettings<I, O> {
  /** Where items come from: a reader, what can be iterated again, or a function that makes one of these. */
  readonly reader: ReaderOption<I, P>
  /** Turns an item into one to write, or filters it with `null`. */
  readonly processor: ProcessorOption<I, O, P>
  /** Where items go. */
  readonly writer: WriterOption<O, P>
}

/** Options of a chunk step that writes what it reads. */
export interface PlainChunkStepOptions<I, P = NoParameters> extends ChunkSettings<I, I> {
  /** Where items come from: a reader, what can be iterated again, or a function that makes one of these. */
  readonly reader: ReaderOption<I, P>
  readonly processor?: undefined
  /** Where items go. */
  readonly writer: WriterOption<I, P>
}

/** The options as the engine sees them, when types no longer matter. */
export type AnyChunkStepOptions = Omit<ChunkStepOptions<unknown, unknown, unknown>, 'processor'> & {
  readonly processor?: ProcessorOption<unknown, unknown, unknown> | undefined
}
