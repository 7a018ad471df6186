import { OptionCheck } from '../../domain/check-option.js'
import type { NoParameters } from '../../domain/step-context.js'
import type { ItemProcessor } from '../../item/item-processor.js'
import { isItemStream } from '../../item/item-stream.js'
import type { ChunkStepListener } from '../../listener/step-listener.js'
import type { Clock } from '../../support/clock.js'
import type { TransactionManager } from '../../transaction/transaction.js'
import { checkStepOptions } from '../check-step-options.js'
import { CommonStep } from '../common-step.js'
import { type StepDefinition, stepDefinition } from '../step-definition.js'
import type { StepDescription } from '../step-description.js'
import type { ChunkChange, ItemStep, Step, StepRuntime } from '../step.js'
import { checkConnections } from '../connections.js'
import { FaultTolerance } from '../fault/fault-tolerance.js'
import { stateGuarantee } from '../guarantee.js'
import { startTimeLimit } from '../time-limit.js'
import { refuseOpenLedger, runAnyOrder } from './any-order-step.js'
import { checkChunkOptions, sharedPart } from './check-chunk-options.js'
import { type MakeCheckpoint, positionCheckpoints } from './checkpoint.js'
import { ChunkCommitter } from './chunk-committer.js'
import { ChunkLoop } from './chunk-loop.js'
import type { AnyChunkStepOptions, ChunkStepOptions, PlainChunkStepOptions } from './chunk-options.js'
import { type ChunkParts, resolveParts, withOpenParts } from './chunk-parts.js'
import { ChunkProcessor } from './chunk-processor.js'
import type { ChunkWorkOptions } from './chunk-work.js'
import { checkCompletion, type ChunkSize, type Completion } from './completion.js'
import { storeFirstPlace } from './first-place.js'
import { expectGuarantee, reasonsToRepeatChunks } from './guarantee.js'
import { ChunkWriter } from './chunk-writer.js'
import { ItemKeys } from './item-keys.js'
import { withItemTimeout } from './item-timeout.js'
import { type Place, readPlace } from './positions.js'
import { SkipReport } from './skip-report.js'
import { chunkSource } from './skipping-source.js'
import { type CheckedTimeouts, checkTimeouts, ChunkTime } from './timeouts.js'
import { WayBack } from './way-back.js'

/**
 * A chunk step without a name: a class's method returns it. Options are those of {@link chunkStep}, checked at once.
 *
 * @throws InvalidOptionError
 */
export function chunk<I, O, P = NoParameters>(options: ChunkStepOptions<I, O, P> & ChunkSize<I>): StepDefinition<P>
export function chunk<I, P = NoParameters>(options: PlainChunkStepOptions<I, P> & ChunkSize<I>): StepDefinition<P>
export function chunk<P>(options: unknown): StepDefinition<P> {
  checkChunkOptions('chunk', options as AnyChunkStepOptions)
  const make = chunkStep as (name: string, options: unknown) => Step<never>
  return stepDefinition('chunk', options as AnyChunkStepOptions, make)
}

/**
 * A step that reads items, processes them, and writes them in chunks: each chunk is written and committed in one
 * transaction, together with the step's counts and position. A restart goes on after the last committed chunk.
 *
 * An error that neither `retry` nor `skip` forgives rolls its chunk back and fails the step; what was committed before
 * stays.
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
  options: ChunkStepOptions<I, O, P> & ChunkSize<I>,
): ItemStep<I, O, P, N>
export function chunkStep<const N extends string, I, P = NoParameters>(
  name: N,
  options: PlainChunkStepOptions<I, P> & ChunkSize<I>,
): ItemStep<I, I, P, N>
export function chunkStep<const N extends string, P>(name: N, options: unknown): Step<P, N> {
  new OptionCheck('chunkStep').text('name', name, 1, 100)
  checkChunkOptions(`chunkStep(${JSON.stringify(name)})`, options as AnyChunkStepOptions)
  return new ChunkStep<P, N>(name, options as AnyChunkStepOptions)
}

class ChunkStep<P, N extends string> extends CommonStep<P, N, ChunkStepListener> {
  readonly notForPartitions: string | undefined
  readonly #options: AnyChunkStepOptions
  readonly #completion: Completion
  readonly #timeouts: CheckedTimeouts

  constructor(name: N, options: AnyChunkStepOptions) {
    const owner = `chunkStep(${JSON.stringify(name)})`
    super(name, checkStepOptions<ChunkStepListener>(new OptionCheck(owner), options))
    this.#options = options
    this.#completion = checkCompletion(owner, options)
    this.#timeouts = checkTimeouts(owner, options.timeout)
    this.notForPartitions = sharedPart(options)
  }

  withChunks(change: ChunkChange): Step<P, N> {
    return chunkStep(this.name, change(this.name, this.#options) as never) as Step<unknown, N> as Step<P, N>
  }

  async execute(runtime: StepRuntime): Promise<void> {
    const { deadline, clock, stepExecution } = runtime
    const timer = startTimeLimit(
      { what: 'step', subject: stepExecution.stepName, deadline, clock },
      this.#timeouts.step,
    )
    try {
      await this.#execute(runtime)
    } finally {
      timer?.cancel()
    }
  }

  async #execute(runtime: StepRuntime): Promise<void> {
    const parts = await runtime.deadline.race(resolveParts(this.#options, runtime.context))
    this.#checkConnections(runtime, parts)
    this.#stateGuarantee(runtime, parts)
    const place = readPlace(runtime.stepExecution.executionContext)
    const run = (): Promise<void> =>
      this.#options.commitOrder === 'any'
        ? this.#runInAnyOrder(runtime, parts, place)
        : this.#runInReadOrder(runtime, parts, place)
    // In case the step itself runs in a task of the executor, its slot is free while it waits for its chunks.
    await (this.#options.taskExecutor?.whileWaiting(run) ?? run())
  }

  async #runInReadOrder(runtime: StepRuntime, parts: ChunkParts, place: Place): Promise<void> {
    const { context, clock, deadline } = runtime
    await refuseOpenLedger(runtime, place)
    const { reader } = parts
    // A reader without a position begins anew, and so do the numbers that name its items.
    const start = isItemStream(reader) ? place.count : 0
    const completion = this.#completion
    const faults = this.#faults(runtime)
    const loop = new ChunkLoop(runtime, {
      ...this.#work(runtime, parts, faults, positionCheckpoints(runtime, parts)),
      source: chunkSource({ reader, completion, start, context, clock, deadline, listeners: this.listeners }, faults),
    })
    await withOpenParts(parts, place, runtime, async () => {
      await storeFirstPlace(runtime, parts, place)
      const input = { reader, earlier: start, position: place.reader, inOrder: true }
      await deadline.race(runtime.progress?.beginReading(input))
      await loop.run()
    })
  }

  #runInAnyOrder(runtime: StepRuntime, parts: ChunkParts, place: Place): Promise<void> {
    return runAnyOrder(runtime, {
      parts,
      place,
      chunkSize: this.#completion.size,
      listeners: this.listeners,
      work: (makeCheckpoint) => this.#work(runtime, parts, this.#faults(runtime), makeCheckpoint),
    })
  }

  #faults({ context, clock }: StepRuntime): FaultTolerance {
    return new FaultTolerance(context, clock, this.#options, this.listeners)
  }

  #work(
    runtime: StepRuntime,
    parts: ChunkParts,
    faults: FaultTolerance,
    makeCheckpoint: MakeCheckpoint,
  ): ChunkWorkOptions {
    const { itemConcurrency = 1, taskExecutor } = this.#options
    const { context, clock, deadline } = runtime
    // Not the name of the step: a partition has its own.
    const { stepName } = runtime.stepExecution
    const { listeners } = this
    const transaction = this.#options.transaction ?? runtime.repository.transactionManager
    const keys = new ItemKeys(runtime.stepExecution, parts.reader)
    const { resource } = transaction
    const { writer, deadLetters } = parts
    const wayBack = WayBack.of(runtime, 'writer', writer)
    const lettersBack = WayBack.of(runtime, 'skip.to', deadLetters)
    const processor = parts.processor && this.#inTime(parts.processor, stepName, clock)
    const time = new ChunkTime({ stepName, clock, deadline, limit: this.#timeouts.chunk })
    return {
      processor: time.processing(
        new ChunkProcessor(
          processor,
          { context, keys, deadline },
          { itemConcurrency, listeners, faults, taskExecutor },
        ),
      ),
      committer: time.committing(
        new ChunkCommitter(runtime, {
          writer: new ChunkWriter(context, { writer, wayBack, resource, keys, deadline, listeners }),
          faults,
          skipReport: new SkipReport(context, {
            deadLetters,
            wayBack: lettersBack,
            resource,
            keys,
            deadline,
            listeners,
          }),
          waysBack: [wayBack, lettersBack].filter((way) => way !== undefined),
          transaction,
          makeCheckpoint,
          listeners,
        }),
      ),
      taskExecutor,
      concurrency: this.#concurrency,
      listeners,
    }
  }

  #inTime(processor: ItemProcessor<unknown, unknown>, stepName: string, clock: Clock): ItemProcessor<unknown, unknown> {
    const limit = this.#timeouts.item
    return limit === undefined ? processor : withItemTimeout(processor, { limit, stepName, clock })
  }

  describe(repository: TransactionManager): StepDescription {
    const { commitOrder = 'read' } = this.#options
    const { guarantee, reasons } = expectGuarantee(this.#options, repository)
    const concurrency = this.#concurrency
    return { kind: 'chunk', guarantee, reasons, commitOrder, concurrency, chunkSize: this.#completion.size }
  }

  get #concurrency(): number {
    const { concurrency, taskExecutor } = this.#options
    return concurrency ?? taskExecutor?.concurrency ?? 1
  }

  #checkConnections({ repository, stepExecution, inner }: StepRuntime, { reader, writer }: ChunkParts): void {
    checkConnections({
      stepName: stepExecution.stepName,
      reader,
      writer,
      transaction: this.#options.transaction ?? repository.transactionManager,
      repository: repository.transactionManager,
      work: { what: 'chunks', atOnce: this.#options.commitOrder === 'any' ? this.#concurrency : 1 },
      sideBySide: inner.sideBySide,
    })
  }

  #stateGuarantee(runtime: StepRuntime, { reader, writer }: ChunkParts): void {
    const repository = runtime.repository.transactionManager
    const transaction = this.#options.transaction ?? repository
    stateGuarantee(runtime, reasonsToRepeatChunks({ reader, writer, transaction, repository }))
  }
}
