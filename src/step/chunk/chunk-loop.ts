import { StopRequestedError } from '../../domain/step-errors.js'
import { SimpleAsyncTaskExecutor } from '../../executor/simple-async-task-executor.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { ChunkInfo, ChunkListener } from '../../listener/step-listener.js'
import { notifier } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import { TurnTaker } from '../../support/clock.js'
import type { StepRuntime } from '../step.js'
import { isAbortOf, isStopRequested } from '../stopping.js'
import type { ChunkCommitter } from './chunk-committer.js'
import type { ChunkProcessor } from './chunk-processor.js'
import type { ChunkSource } from './chunk-source.js'
import type { Chunk, ProcessedChunk } from './chunk.js'

/** What a {@link ChunkLoop} runs with. */
export interface ChunkLoopOptions {
  readonly source: ChunkSource
  readonly processor: ChunkProcessor
  readonly committer: ChunkCommitter
  readonly taskExecutor: TaskExecutor | undefined
  readonly concurrency: number
  readonly listeners: readonly ChunkListener[]
}

/**
 * Reads chunks one after another, processes several at once, and commits them in the order in which they were read. The
 * first chunk that fails, in that order, ends the step; chunks behind it are dropped unwritten. So a stop that comes
 * when the reader has already said its end, and all chunks are on their way, stops nothing.
 */
export class ChunkLoop {
  readonly #runtime: StepRuntime
  readonly #options: ChunkLoopOptions
  readonly #limit: number
  readonly #gate: TaskExecutor | undefined
  readonly #beforeChunk: ReturnType<typeof notifier<ChunkListener, 'beforeChunk'>>
  readonly #afterChunk: ReturnType<typeof notifier<ChunkListener, 'afterChunk'>>
  readonly #onChunkError: ReturnType<typeof notifier<ChunkListener, 'onChunkError'>>
  readonly #turns = new TurnTaker()
  #commits: Promise<void> = Promise.resolve()
  #open = 0
  #failure: { readonly error: unknown } | undefined

  constructor(runtime: StepRuntime, options: ChunkLoopOptions) {
    this.#runtime = runtime
    this.#options = options
    // Beside the chunks in processing, as many may wait for their turn to commit. One at a time reads nothing ahead.
    this.#limit = options.concurrency === 1 ? 1 : 2 * options.concurrency
    if (options.concurrency > 1) {
      this.#gate = new SimpleAsyncTaskExecutor({ concurrencyLimit: options.concurrency, clock: runtime.clock })
    }
    this.#beforeChunk = notifier(options.listeners, 'beforeChunk')
    this.#afterChunk = notifier(options.listeners, 'afterChunk')
    this.#onChunkError = notifier(options.listeners, 'onChunkError')
  }

  /** Runs to the end of the input; rejects with the failure, or with `StopRequestedError` when the input has not ended. */
  async run(): Promise<void> {
    const { signal } = this.#runtime.context
    let ended = false
    let readFailure: { readonly error: unknown } | undefined
    while (!ended && this.#failure === undefined && !signal.aborted) {
      try {
        await this.#readOne()
        ended = this.#options.source.ended
        await this.#turns.yield()
      } catch (error) {
        // Chunks that were read before the failing one are good: they still commit.
        readFailure = { error }
        break
      }
    }
    await this.#commits
    const failure = this.#failure ?? readFailure
    if (failure !== undefined) {
      this.#runtime.abort(failure.error)
      throw this.#withStop(failure.error)
    }
    if (!ended) throw signal.reason
  }

  /** Reads a chunk, if there is one, and sends it on its way. */
  async #readOne(): Promise<void> {
    const chunk = await this.#options.source.next()
    if (chunk === undefined) return
    this.#open++
    const processed = this.#process(chunk)
    processed.catch(() => undefined)
    const before = this.#commits
    this.#commits = this.#commitAfter(before, chunk, processed)
    while (this.#open >= this.#limit) await this.#roomMade()
  }

  /** Resolves when a chunk has committed or failed since. */
  #roomMade(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
  readonly #waiting: (() => void)[] = []

  /** `undefined` when the step's signal was aborted before the chunk's turn. */
  async #process(chunk: Chunk): Promise<ProcessedChunk | undefined> {
    const { taskExecutor } = this.#options
    const work = async (): Promise<ProcessedChunk | undefined> => {
      if (this.#runtime.context.signal.aborted) return undefined
      await this.#beforeChunk?.(this.#info(chunk), this.#runtime.context)
      return this.#options.processor.process(chunk)
    }
    const submit = taskExecutor === undefined ? work : () => taskExecutor.submit(work)
    return this.#gate === undefined ? submit() : this.#gate.submit(submit)
  }

  async #commitAfter(
    before: Promise<void>,
    chunk: Chunk,
    processed: Promise<ProcessedChunk | undefined>,
  ): Promise<void> {
    await before
    try {
      const done = await processed
      if (this.#failure === undefined) await this.#commit(chunk, done)
    } catch (error) {
      await this.#failChunk(chunk, error)
    }
    this.#open--
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async #commit(chunk: Chunk, done: ProcessedChunk | undefined): Promise<void> {
    const { context } = this.#runtime
    if (done === undefined) return this.#fail(context.signal.reason)
    await this.#options.committer.commit(chunk, done)
    try {
      await this.#afterChunk?.(this.#info(chunk), context)
    } catch (error) {
      // The chunk is committed: the step fails, the chunk did not.
      this.#fail(error)
    }
  }

  async #failChunk(chunk: Chunk, error: unknown): Promise<void> {
    if (this.#failure !== undefined) return
    this.#fail(error)
    const tell = this.#onChunkError
    try {
      await reportFailure(error, tell && (() => tell(this.#info(chunk), error, this.#runtime.context)))
    } catch (reported) {
      this.#failure = { error: reported }
    }
  }

  /** Ends the step. The chunks behind this one are lost work: whoever waits in them may stop. */
  #fail(error: unknown): void {
    this.#failure = { error }
    this.#runtime.abort(error)
  }

  /** During a stop, what user code throws because of its signal is the stop and no failure. */
  #withStop(error: unknown): unknown {
    const { signal } = this.#runtime.context
    return isStopRequested(signal) && isAbortOf(signal, error) ? new StopRequestedError() : error
  }

  #info(chunk: Chunk): ChunkInfo {
    return { index: chunk.index, size: chunk.items.length, counts: this.#runtime.stepExecution.counts }
  }
}
