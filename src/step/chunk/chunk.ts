import type { DeadLetter } from '../fault/dead-letter.js'
import type { Json } from '../../support/json.js'

/** Items that are read, processed, written and committed together. */
export interface Chunk<I = unknown> {
  /** Its number in this step execution, from 0. */
  readonly index: number
  /** The array as the reader gave it: keys are asked for by it. */
  readonly items: readonly I[]
  /** The items' own keys, where the reader gave the items one by one; else they are asked for when needed. */
  readonly keys?: readonly string[] | undefined
  /** How many items were read before it, over all executions of the instance. */
  readonly start: number
  /** The reader's position after its last item; `undefined` when the reader has none. */
  readonly position: Json | undefined
  /** The failed reads that were skipped while it was filled; left out when there were none. */
  readonly skips?: readonly DeadLetter[]
}

/** What processing made of a chunk. */
export interface ProcessedChunk<O = unknown> {
  readonly outputs: readonly O[]
  /** `sources[i]` is the index in the chunk of the item that became `outputs[i]`; `undefined`: the same index. */
  readonly sources: readonly number[] | undefined
  readonly filtered: number
  /** The items whose processing failed and was skipped; left out when there were none. */
  readonly skips?: readonly DeadLetter[]
}
