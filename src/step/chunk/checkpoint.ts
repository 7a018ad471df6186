import type { ExecutionContext } from '../../domain/execution-context.js'
import { addCounts } from '../../domain/step-counts.js'
import { isItemStream } from '../../item/item-stream.js'
import { type Checkpoint, stepCheckpoint } from '../checkpoint.js'
import type { StepRuntime } from '../step.js'
import type { Chunk } from './chunk.js'
import type { ChunkParts } from './chunk-parts.js'
import type { SettledChunk } from './chunk-writer.js'
import { writePlace } from './positions.js'

/** Makes the checkpoint of a chunk. */
export type MakeCheckpoint = (chunk: Chunk, settled: SettledChunk, executionContext: ExecutionContext) => Checkpoint

/** Checkpoints of a step that commits in read order: one position, in the step's own row and context. */
export function positionCheckpoints(
  runtime: StepRuntime,
  { writer, deadLetters }: Pick<ChunkParts, 'writer' | 'deadLetters'>,
): MakeCheckpoint {
  const { stepExecution } = runtime
  return (chunk, settled, executionContext) => {
    writePlace(executionContext, {
      reader: chunk.position,
      writer: isItemStream(writer) ? writer.position() : undefined,
      deadLetters: isItemStream(deadLetters) ? deadLetters.position() : undefined,
      count: chunk.start + chunk.items.length,
      anyOrder: false,
    })
    return stepCheckpoint(runtime, addCounts(stepExecution.counts, settled.counts), executionContext)
  }
}
