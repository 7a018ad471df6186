import type { TaskExecutor } from '../../executor/task-executor.js'
import { isThenable } from '../../support/thenable.js'
import type { DeadLetter } from '../fault/dead-letter.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import type { ProcessedChunk } from './chunk.js'
import type { StepItemContext } from './step-item-context.js'

/** Processes one item. */
export type Process = (item: unknown, context: StepItemContext) => unknown

/** Stands among the results for an item that is skipped. */
class SkippedItem {
  readonly item: unknown
  readonly error: unknown

  constructor(item: unknown, error: unknown) {
    this.item = item
    this.error = error
  }
}

/** Processes an item again, in place, as often as the step allows, and then skips it if the step allows that. */
export function processForgivingly(
  process: Process,
  faults: FaultTolerance,
  taskExecutor: TaskExecutor | undefined,
): Process {
  const forgive = async (first: unknown, item: unknown, context: StepItemContext): Promise<unknown> => {
    const attempts = faults.attempts('process')
    let error = first
    for (;;) {
      if (faults.isFinal(error)) throw error
      const failed = error
      const wait = (): Promise<boolean> => attempts.another(failed)
      if (!(await (taskExecutor?.whileWaiting(wait) ?? wait()))) break
      try {
        return await process(item, context)
      } catch (thrown) {
        error = thrown
      }
    }
    if (!faults.isSkippable(error)) throw error
    faults.claim(error)
    return new SkippedItem(item, error)
  }
  return (item, context) => {
    try {
      const result = process(item, context)
      if (!isThenable(result)) return result
      return result.then(undefined, (error: unknown) => forgive(error, item, context))
    } catch (error) {
      return forgive(error, item, context)
    }
  }
}

/** Takes the skipped items out of the results. `positionOf` says where an item of the chunk stands. */
export function withoutSkipped(
  results: unknown[],
  withoutFiltered: (results: unknown[]) => ProcessedChunk,
  positionOf: (index: number) => string,
): ProcessedChunk {
  const skips: DeadLetter[] = []
  for (const [index, result] of results.entries()) {
    if (!(result instanceof SkippedItem)) continue
    skips.push({ phase: 'process', item: result.item, error: result.error, position: positionOf(index) })
    results[index] = undefined
  }
  const processed = withoutFiltered(results)
  if (skips.length === 0) return processed
  return { ...processed, filtered: processed.filtered - skips.length, skips }
}
