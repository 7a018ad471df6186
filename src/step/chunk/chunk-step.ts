import { OptionCheck } from '../../domain/check-option.js'
import type { NoParameters } from '../../domain/step-context.js'
import { isItemStream } from '../../item/item-stream.js'
import type { ChunkStepListener } from '../../listener/step-listener.js'
import type { Step, StepRuntime } from '../step.js'
import { checkChunkOptions } from './check-chunk-options.js'
import { positionCheckpoints } from './checkpoint.js'
import { ChunkCommitter } from './chunk-committer.js'
import { ChunkLoop } from './chunk-loop.js'
import type { AnyChunkStepOptions, ChunkStepOptions, PlainChunkStepOptions } from './chunk-options.js'
import { type ChunkParts, resolveParts, withOpenParts } from './chunk-parts.js'
import { ChunkProcessor } from './chunk-processor.js'
import { ChunkSource } from './chunk-source.js'
import { stateGuarantee } from './guarantee.js'
import { ChunkWriter } from './chunk-writer.js'
import { ItemKeys } from './item-keys.js'
import { readPlace, writeGuarantee } from './positions.js'

/** What a chunk step does, before it has a name: a class's method returns it, {@link chunkStep} names it. */
export interface ChunkDefinition<P = NoParameters> {
  readonly options: AnyChunkStepOptions
  /** Never present: carries the type of the parameters. */
  readonly parametersType?: (parameters: P) => void
}

/**
 * A chunk step without a name. Options are checked at once.
 *
 * @throws InvalidOptionError
 */
export function chunk<I, O, P = NoParameters>(options: ChunkStepOptions<I, O, P>): ChunkDefinition<P>
export function chunk<I, P = NoParameters>(options: PlainChunkStepOptions<I, P>): ChunkDefinition<P>
export function chunk<P>(options: unknown): ChunkDefinition<P> {
  checkChunkOptions('chunk', options as AnyChunkStepOptions)
  return { options: options as AnyChunkStepOptions }
}

/**
 * A step that reads items, processes them, and writes them in chunks: each chunk is written and committed in one
 * transaction, together with the step's counts and position. A restart goes on after the last committed chunk.
 *
 * The first error rolls its chunk back and fails the step; what was committed before stays.
 *
 * @example
 * ```ts
 * import { chunkStep } from 'chunkwise'
 *
 * const written: number[] = []
 * export const double = chunkStep('double', {
 *   chunkSize: 2,
 *   reader: [1, 2, 3],
 *   processor: (item) => item * 2,
 *   writer: (items) => void written.push(...items),
 * })
 * ```
 *
 * @throws InvalidOptionError an option cannot work: the error names it and quotes the value
 */
export function chunkStep<const N extends string, I, O, P = NoParameters>(
  name: N,
  options: ChunkStepOptions<I, O, P>,
): Step<P, N>
export function chunkStep<const N extends string, I, P = NoParameters>(
  name: N,
  options: PlainChunkStepOptions<I, P>,
): Step<P, N>
export function chunkStep<const N extends string, P>(name: N, options: unknown): Step<P, N> {
  new OptionCheck('chunkStep').text('name', name, 1, 100)
  checkChunkOptions(`chunkStep(${JSON.stringify(name)})`, options as AnyChunkStepOptions)
  return new ChunkStep<P, N>(name, options as AnyChunkStepOptions)
}

class ChunkStep<P, N extends string> implements Step<P, N> {
  readonly name: N
  readonly allowStartIfComplete: boolean
  readonly startLimit: number | undefined
  readonly listeners: readonly ChunkStepListener[]
  readonly #options: AnyChunkStepOptions

  constructor(name: N, options: AnyChunkStepOptions) {
    this.name = name
    this.#options = options
    this.allowStartIfComplete = options.allowStartIfComplete ?? false
    this.startLimit = options.startLimit
    this.listeners = options.listeners ?? []
  }

  async execute(runtime: StepRuntime): Promise<void> {
    const parts = await resolveParts(this.#options, runtime.context)
    this.#stateGuarantee(runtime, parts)
    const place = readPlace(runtime.stepExecution.executionContext)
    // A reader without a position begins anew, and so do the numbers that name its items.
    const loop = this.#loop(runtime, parts, isItemStream(parts.reader) ? place.count : 0)
    const run = (): Promise<void> => withOpenParts(parts, place, runtime.context, () => loop.run())
    // In case the step itself runs in a task of the executor, its slot is free while it waits for its chunks.
    await (this.#options.taskExecutor?.whileWaiting(run) ?? run())
  }

  #loop(runtime: StepRuntime, parts: ChunkParts, start: number): ChunkLoop {
    const { chunkSize, itemConcurrency = 1, taskExecutor } = this.#options
    const { context } = runtime
    const { listeners } = this
    const transaction = this.#options.transaction ?? runtime.repository.transactionManager
    const keys = new ItemKeys(runtime.lease.jobInstanceId, this.name, parts.reader)
    return new ChunkLoop(runtime, {
      source: new ChunkSource({ reader: parts.reader, chunkSize, start, context, listeners }),
      processor: new ChunkProcessor(parts.processor, { context, keys }, { itemConcurrency, listeners }),
      committer: new ChunkCommitter(runtime, {
        writer: new ChunkWriter(context, { writer: parts.writer, resource: transaction.resource, keys, listeners }),
        transaction,
        makeCheckpoint: positionCheckpoints(runtime, parts.writer),
        listeners,
      }),
      taskExecutor,
      concurrency: this.#options.concurrency ?? taskExecutor?.concurrency ?? 1,
      listeners,
    })
  }

  #stateGuarantee({ stepExecution, context, repository }: StepRuntime, parts: ChunkParts): void {
    const stated = stateGuarantee({
      reader: parts.reader,
      writer: parts.writer,
      transaction: this.#options.transaction ?? repository.transactionManager,
      repository: repository.transactionManager,
    })
    stepExecution.guarantee = stated.guarantee
    writeGuarantee(stepExecution.executionContext, stated.guarantee)
    const fields = { step: this.name, guarantee: stated.guarantee, reasons: stated.reasons }
    if (stated.reasons.length === 0) context.logger.debug(fields, 'the step is exactly-once')
    else context.logger.info(fields, 'the step is at-least-once')
  }
}
