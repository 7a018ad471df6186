import type { StepCounts } from '../domain/step-counts.js'
import { readPlace } from '../step/chunk/positions.js'
import type { ChunkStepListener } from '../listener/step-listener.js'
import type { Json } from '../support/json.js'

/** What was left out of a step, and why. */
export interface SkippedItem<I = unknown, O = unknown> {
  readonly phase: 'read' | 'process' | 'write'
  /** As it was read, or in the phase `write` as it was to be written; `undefined` when it could not be read. */
  readonly item: I | O | undefined
  readonly error: unknown
}

/** What was stored with a chunk. */
export interface StoredCheckpoint {
  /** The step's counts with this chunk. */
  readonly counts: StepCounts
  /** Where a restart would open the reader; `undefined` for one without a position, and where chunks commit in any order. */
  readonly reader: Json | undefined
  /** Where a restart would open the writer. */
  readonly writer: Json | undefined
}

/** What a step has done, chunk by chunk; of a chunk that was rolled back nothing. */
export interface Collected<I = unknown, O = unknown> {
  /** What was written by chunks that have committed, in the order of their commits. */
  readonly written: readonly O[]
  /** What was skipped. */
  readonly skipped: readonly SkippedItem<I, O>[]
  /** One for each chunk that has committed. */
  readonly checkpoints: readonly StoredCheckpoint[]
}

/** Listens to chunk steps and keeps what becomes of their items. */
export class Collector implements Collected {
  readonly written: unknown[] = []
  readonly skipped: SkippedItem[] = []
  readonly checkpoints: StoredCheckpoint[] = []

  readonly listener: ChunkStepListener = {
    // Before: a writer may empty its array.
    beforeWrite: (items, { transaction }) => {
      const copy = [...items]
      transaction.onCommit(() => this.written.push(...copy))
    },
    onSkipInRead: (error, { transaction }) => {
      transaction.onCommit(() => this.skipped.push({ phase: 'read', item: undefined, error }))
    },
    onSkipInProcess: (item, error, { transaction }) => {
      transaction.onCommit(() => this.skipped.push({ phase: 'process', item, error }))
    },
    onSkipInWrite: (item, error, { transaction }) => {
      transaction.onCommit(() => this.skipped.push({ phase: 'write', item, error }))
    },
    afterChunk: ({ counts }, { executionContext }) => {
      const { reader, writer, anyOrder } = readPlace(executionContext)
      this.checkpoints.push({ counts, reader: anyOrder ? undefined : reader, writer })
    },
  }
}
