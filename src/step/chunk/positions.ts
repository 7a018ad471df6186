import {
  type ExecutionContext,
  putReserved,
  type ReadonlyExecutionContext,
  removeReserved,
} from '../../domain/execution-context.js'
import type { Json } from '../../support/json.js'

// Where a chunk step keeps its place in the step's execution context.
const READER = 'chunkwise.reader'
const WRITER = 'chunkwise.writer'
const DEAD_LETTERS = 'chunkwise.deadLetters'
const COUNT = 'chunkwise.count'
const ANY_ORDER = 'chunkwise.anyOrder'

/** The place of a chunk step in its input and output, as it is stored with each chunk. */
export interface Place {
  readonly reader: Json | undefined
  readonly writer: Json | undefined
  /** Of `skip.to`. */
  readonly deadLetters: Json | undefined
  /** How many items have been read and committed over all executions of the instance. */
  readonly count: number
  /** Whether the step commits in any order: its ledger may then have ranges behind the reader's position. */
  readonly anyOrder: boolean
}

/** The place stored by the last committed chunk, or the beginning. */
export function readPlace(context: ReadonlyExecutionContext): Place {
  return {
    reader: context.get<Json>(READER),
    writer: context.get<Json>(WRITER),
    deadLetters: context.get<Json>(DEAD_LETTERS),
    count: context.get<number>(COUNT) ?? 0,
    anyOrder: context.get<boolean>(ANY_ORDER) ?? false,
  }
}

/** Puts the place into the context that is stored with the chunk. */
export function writePlace(context: ExecutionContext, place: Place): void {
  if (place.reader !== undefined) putReserved(context, READER, place.reader)
  writeOutputs(context, place)
  putReserved(context, COUNT, place.count)
  if (place.anyOrder) putReserved(context, ANY_ORDER, true)
  else removeReserved(context, ANY_ORDER)
}

/** Puts the places of the outputs alone into the context: nothing has been read yet. */
export function writeOutputs(
  context: ExecutionContext,
  { writer, deadLetters }: Pick<Place, 'writer' | 'deadLetters'>,
): void {
  if (writer !== undefined) putReserved(context, WRITER, writer)
  if (deadLetters !== undefined) putReserved(context, DEAD_LETTERS, deadLetters)
}
