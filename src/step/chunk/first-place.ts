import type { Json } from '../../support/json.js'
import { stepCheckpoint } from '../checkpoint.js'
import { CheckpointCommitter } from '../checkpoint-committer.js'
import type { StepRuntime } from '../step.js'
import type { ChunkParts } from './chunk-parts.js'
import { type Place, writeOutputs } from './positions.js'
import { canReturn } from './way-back.js'

/**
 * Stores where the outputs that can return begin, before anything is written to them: a restart that finds no chunk
 * committed opens them there too, and cuts off what a dead process has left. Once for a step, when they were just opened.
 */
export async function storeFirstPlace(
  runtime: StepRuntime,
  { writer, deadLetters }: ChunkParts,
  place: Place,
): Promise<void> {
  const first = { writer: firstOf(writer, place.writer), deadLetters: firstOf(deadLetters, place.deadLetters) }
  if (first.writer === undefined && first.deadLetters === undefined) return
  const { stepExecution, repository } = runtime
  const executionContext = stepExecution.executionContext.copy()
  writeOutputs(executionContext, first)
  const checkpoints = new CheckpointCommitter(runtime, repository.transactionManager.resource)
  const answer = await checkpoints.commitApart({ stage: 'write' }, () =>
    stepCheckpoint(runtime, stepExecution.counts, executionContext),
  )
  if (answer.stopRequested) runtime.requestStop()
}

function firstOf(output: object | undefined, stored: Json | undefined): Json | undefined {
  return stored === undefined && canReturn(output) ? output.position() : undefined
}
