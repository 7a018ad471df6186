import type { Json } from '../../support/json.js'

/** Items that are read, processed, written and committed together. */
export interface Chunk<I = unknown> {
  /** Its number in this step execution, from 0. */
  readonly index: number
  /** The array as the reader gave it: keys are asked for by it. */
  readonly items: readonly I[]
  /** How many items were read before it, over all executions of the instance. */
  readonly start: number
  /** The reader's position after its last item; `undefined` when the reader has none. */
  readonly position: Json | undefined
}

/** What processing made of a chunk. */
export interface ProcessedChunk<O = unknown> {
  readonly outputs: readonly O[]
  /** `sources[i]` is the index in the chunk of the item that became `outputs[i]`; `undefined`: the same index. */
  readonly sources: readonly number[] | undefined
  readonly filtered: number
}
