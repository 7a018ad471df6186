import type { ItemProcessor } from '../../item/item-processor.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import { isThenable } from '../../support/thenable.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import { type ItemScope, StepItemContext } from './step-item-context.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import { type Process, processForgivingly, withoutSkipped } from './forgiving-process.js'

/** How a {@link ChunkProcessor} processes. */
export interface ChunkProcessorOptions {
  readonly itemConcurrency: number
  readonly listeners: readonly ItemListener[]
  readonly faults: FaultTolerance
  /** Where chunks are processed, if not in the step itself: its slot is free while an item waits for another attempt. */
  readonly taskExecutor: TaskExecutor | undefined
}

/** Processes the items of a chunk, in order or side by side; the output keeps the order of the input. */
export class ChunkProcessor {
  readonly #process: Process | undefined
  readonly #scope: ItemScope
  readonly #itemConcurrency: number
  readonly #faults: FaultTolerance

  constructor(
    processor: ItemProcessor<unknown, unknown> | undefined,
    scope: ItemScope,
    options: ChunkProcessorOptions,
  ) {
    const { faults, taskExecutor } = options
    this.#scope = scope
    this.#itemConcurrency = options.itemConcurrency
    this.#faults = faults
    if (processor === undefined) return
    const process = withListeners((item, context) => processor.process(item, context), options.listeners)
    this.#process = faults.forgives ? processForgivingly(process, faults, taskExecutor) : process
  }

  /** What processing makes of the chunk. Returns the value itself as long as no item is thenable. */
  process(chunk: Chunk): ProcessedChunk | Promise<ProcessedChunk> {
    const process = this.#process
    this.#faults.itemsRead(chunk.items.length)
    if (process === undefined) return { outputs: chunk.items, sources: undefined, filtered: 0 }
    if (this.#itemConcurrency > 1) return this.#processSideBySide(process, chunk)
    const { items } = chunk
    // A copy is the cheapest array of the right length; each place is overwritten.
    const results = items.slice()
    for (let index = 0; index < items.length; index++) {
      const result = process(items[index], new StepItemContext(this.#scope, chunk, index))
      if (isThenable(result)) return this.#processRest(process, chunk, results, index, result)
      results[index] = result
    }
    return this.#settle(chunk, results)
  }

  /** What became of a chunk's items. */
  #settle(chunk: Chunk, results: unknown[]): ProcessedChunk {
    if (!this.#faults.skips) return withoutFiltered(results)
    return withoutSkipped(results, withoutFiltered, (index) => this.#scope.keys.position(chunk, index))
  }

  async #processRest(
    process: Process,
    chunk: Chunk,
    results: unknown[],
    from: number,
    first: PromiseLike<unknown>,
  ): Promise<ProcessedChunk> {
    results[from] = await first
    for (let index = from + 1; index < chunk.items.length; index++) {
      this.#scope.deadline.assertNotPassed()
      const result = process(chunk.items[index], new StepItemContext(this.#scope, chunk, index))
      results[index] = isThenable(result) ? await result : result
    }
    return this.#settle(chunk, results)
  }

  async #processSideBySide(process: Process, chunk: Chunk): Promise<ProcessedChunk> {
    const { items } = chunk
    const results: unknown[] = []
    let next = 0
    let failed = false
    const work = async (): Promise<void> => {
      while (next < items.length && !failed && !this.#scope.deadline.passed) {
        const index = next++
        try {
          results[index] = await process(items[index], new StepItemContext(this.#scope, chunk, index))
        } catch (error) {
          failed = true
          throw error
        }
      }
    }
    const workers = Array.from({ length: Math.min(this.#itemConcurrency, items.length) }, work)
    // All have ended before the chunk fails, so that no user code runs on behind a failed step.
    const settled = await Promise.allSettled(workers)
    for (const worker of settled) if (worker.status === 'rejected') throw worker.reason
    return this.#settle(chunk, results)
  }
}

/** Leaves out what was filtered, remembering where the rest came from. */
function withoutFiltered(results: unknown[]): ProcessedChunk {
  if (!hasNothing(results)) return { outputs: results, sources: undefined, filtered: 0 }
  const outputs: unknown[] = []
  const sources: number[] = []
  for (const [index, result] of results.entries()) {
    if (result === null || result === undefined) continue
    outputs.push(result)
    sources.push(index)
  }
  return { outputs, sources, filtered: results.length - outputs.length }
}

/** A plain loop: it looks at every item, and array methods cost several times as much. */
function hasNothing(results: readonly unknown[]): boolean {
  for (let index = 0; index < results.length; index++) {
    const result = results[index]
    if (result === null || result === undefined) return true
  }
  return false
}

/** Wraps `process` only when somebody listens. */
function withListeners(process: Process, listeners: readonly ItemListener[]): Process {
  const beforeProcess = notifier(listeners, 'beforeProcess')
  const afterProcess = notifier(listeners, 'afterProcess')
  const onProcessError: Notify<[item: unknown, error: unknown]> = notifier(listeners, 'onProcessError')
  if (beforeProcess === undefined && afterProcess === undefined && onProcessError === undefined) return process
  return async (item, context) => {
    try {
      await beforeProcess?.(item)
      const result = await process(item, context)
      await afterProcess?.(item, result ?? undefined)
      return result
    } catch (error) {
      return reportFailure(error, onProcessError && (() => onProcessError(item, error)))
    }
  }
}
