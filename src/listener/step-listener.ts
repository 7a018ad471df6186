import type { ExitStatus } from '../domain/exit-status.js'
import type { StepContext } from '../domain/step-context.js'
import type { StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { FaultListener } from './fault-listener.js'
import type { TransactionContext } from '../transaction/transaction-context.js'

/** Is told when a step begins and ends. */
export interface StepListener {
  /** Before the step opens its reader. An error fails the step. */
  beforeStep?(context: StepContext<unknown>): void | Promise<void>
  /**
   * After the step, with its final status, before it is stored. May return an exit status, which is combined with the
   * step's: it can raise the severity and change the code, never lower it. An error is recorded; the status stays.
   */
  afterStep?(execution: StepExecution): ExitStatus | undefined | void | Promise<ExitStatus | undefined | void>
}

/** What a chunk listener is told of a chunk. */
export interface ChunkInfo {
  /** The number of the chunk in this step execution, from 0. */
  readonly index: number
  /** How many items were read for it. */
  readonly size: number
  /** The step's counts: with this chunk in `afterChunk`, without it elsewhere. */
  readonly counts: StepCounts
}

/** Is told of chunks. An error of any of these fails the step. */
export interface ChunkListener {
  /** Before the chunk is processed: before its transaction. In a concurrent step, from several chunks at once. */
  beforeChunk?(chunk: ChunkInfo, context: StepContext<unknown>): void | Promise<void>
  /** After the chunk's transaction has committed. If it throws, the chunk stays committed and the step fails. */
  afterChunk?(chunk: ChunkInfo, context: StepContext<unknown>): void | Promise<void>
  /**
   * After the chunk's transaction was rolled back, or its processing failed. Not for a chunk that was dropped because of a
   * stop or a failure before it.
   */
  onChunkError?(chunk: ChunkInfo, error: unknown, context: StepContext<unknown>): void | Promise<void>
}

/**
 * Is told of items. Costs a call an item: none is made for a method that no listener has. An error of any of these is an
 * error of the item, as if the reader, processor or writer had thrown it; except that what `afterRead` throws is never
 * skipped, and what a method for an error throws neither skipped nor tried again.
 */
export interface ItemListener<I = unknown, O = unknown> {
  /** After an item was read: before the transaction. */
  afterRead?(item: I): void | Promise<void>
  /** A read failed, also if it is skipped: before the transaction. */
  onReadError?(error: unknown): void | Promise<void>
  /** Before an item is processed, each time it is: before the transaction. */
  beforeProcess?(item: I): void | Promise<void>
  /** After an item was processed, `undefined` for a filtered one: before the transaction. */
  afterProcess?(item: I, result: O | undefined): void | Promise<void>
  /** Processing an item failed, also if it is tried again or skipped: before the transaction. */
  onProcessError?(item: I, error: unknown): void | Promise<void>
  /** Before the writer is called, with what it is called with: inside the transaction. */
  beforeWrite?(items: readonly O[], context: TransactionContext): void | Promise<void>
  /** After the writer has returned: inside the transaction. */
  afterWrite?(items: readonly O[], context: TransactionContext): void | Promise<void>
  /** The writing of the chunk failed, also if it is tried again: after the rollback. */
  onWriteError?(items: readonly O[], error: unknown): void | Promise<void>
}

/** A listener of a tasklet step: a plain object with the methods you need. */
export type TaskletStepListener = StepListener & Pick<FaultListener, 'onRetry'>

/** A listener of a chunk step: a plain object with the methods you need. */
export type ChunkStepListener<I = unknown, O = unknown> = StepListener &
  ChunkListener &
  ItemListener<I, O> &
  FaultListener<I, O>
