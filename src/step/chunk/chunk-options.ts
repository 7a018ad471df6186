import type { NoParameters } from '../../domain/step-context.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { ProcessorOption, ReaderOption, WriterOption } from '../../item/item-source.js'
import type { ChunkStepListener } from '../../listener/step-listener.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import type { RetryOptions, RetryPolicy } from '../fault/retry-policy.js'
import type { SkipOptions, SkipPolicyOption } from '../fault/skip-policy.js'
import type { StepOptions } from '../step.js'
import type { ChunkBounds, CompletionPolicy } from './completion.js'
import type { StepTimeouts } from './timeouts.js'

/** Options of a chunk step, besides reader, processor and writer. */
export interface ChunkSettings<I, O> extends StepOptions {
  /** How many items are read, processed, written and committed together. A whole number from 1. Or give `chunk`. */
  readonly chunkSize?: number
  /**
   * When a chunk is complete, instead of `chunkSize`: `{ items, bytes, time, until }`, the first that is reached, or a
   * policy of one's own. Bounds other than `items` alone make the engine read item by item.
   */
  readonly chunk?: ChunkBounds<I> | CompletionPolicy<I>
  /** How long an item, a chunk and the step may take: `{ item, chunk, step }`. Default: as long as they take. */
  readonly timeout?: StepTimeouts
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
   * The order in which chunks commit. `'read'`, the default: as they were read, one transaction at a time, while the
   * processing of others goes on; what is committed is always a prefix of the input. `'any'`: each as soon as it is done,
   * `concurrency` transactions side by side; a restart reads exactly the gaps. `'any'` needs a reader that can name ranges
   * (a {@link RangedItemReader}, such as `PostgresPagingItemReader`), a writer without a position, and chunks by count;
   * a chunk cannot put anything into the execution context, and rows that two chunks both write may deadlock, which is
   * retried. At most twice `concurrency` chunks are held in memory, and a chunk is overtaken by at most 64 times as many.
   */
  readonly commitOrder?: 'read' | 'any'
  /**
   * The transactions in which the writer writes. Default: the repository's own, so that rows and checkpoint commit
   * together. A manager of another database makes the step at-least-once.
   */
  readonly transaction?: TransactionManager
  /**
   * What is tried again: processing, item by item, and writing, chunk by chunk, with the same results in a new
   * transaction. Default: nothing but transient errors of the database (deadlocks, lost connections), which make a chunk
   * be written up to 5 times, after 100 ms, doubling to 2 s, whatever is given here.
   */
  readonly retry?: RetryOptions | RetryPolicy
  /**
   * What is left out instead of failing the step, after `retry` has given up: items that cannot be processed or written,
   * and reads that fail. Default: nothing.
   */
  readonly skip?: SkipOptions | SkipPolicyOption
  /** Listeners, told in this order of what begins and in reverse of what ends. Default: none. */
  readonly listeners?: readonly ChunkStepListener<I, O>[]
}

/** Options of a chunk step with a processor. Reader, processor and writer stand in this order: types flow along it. */
export interface ChunkStepOptions<I, O, P = NoParameters> extends ChunkSettings<I, O> {
  /** Where items come from: a reader, what can be iterated again, or a function that makes one of these. */
  readonly reader: ReaderOption<I, P>
  /** Turns an item into one to write, or filters it with `null`. Default: none, and items are written as they are read. */
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
