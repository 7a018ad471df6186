import { StopRequestedError } from '../../domain/step-errors.js'
import { SimpleAsyncTaskExecutor } from '../../executor/simple-async-task-executor.js'
import type { TaskExecutor } from '../../executor/task-executor.js'
import type { ChunkInfo, ChunkListener } from '../../listener/step-listener.js'
import { notifier } from '../../listener/notify.js'
import { reportFailure } from '../../listener/report-failure.js'
import { chunkChannel, type ChunkTrace } from '../../listener/traces.js'
import { traced, traceError } from '../../support/traced.js'
import type { StepRuntime } from '../step.js'
import { isAbortOf, isStopRequested } from '../stopping.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import type { CommitsChunks, ProcessesChunks } from './timeouts.js'

/** What a {@link ChunkWork} works with. */
export interface ChunkWorkOptions {
  readonly processor: ProcessesChunks
  readonly committer: CommitsChunks
  readonly taskExecutor: TaskExecutor | undefined
  readonly concurrency: number
  readonly listeners: readonly ChunkListener[]
}

/** An error that ended the step. */
export interface Failure {
  readonly error: unknown
}

/** What is done with each chunk, and what its failure means for the step, in whatever order chunks commit. */
export class ChunkWork {
  readonly #runtime: StepRuntime
  readonly #options: ChunkWorkOptions
  readonly #gate: TaskExecutor | undefined
  readonly #beforeChunk: ReturnType<typeof notifier<ChunkListener, 'beforeChunk'>>
  readonly #afterChunk: ReturnType<typeof notifier<ChunkListener, 'afterChunk'>>
  readonly #onChunkError: ReturnType<typeof notifier<ChunkListener, 'onChunkError'>>
  /** The chunks that are under way, while somebody listens. */
  readonly #traces = new Map<number, ChunkTrace>()
  #failure: Failure | undefined

  constructor(runtime: StepRuntime, options: ChunkWorkOptions) {
    this.#runtime = runtime
    this.#options = options
    if (options.concurrency > 1) {
      this.#gate = new SimpleAsyncTaskExecutor({ concurrencyLimit: options.concurrency, clock: runtime.clock })
    }
    this.#beforeChunk = notifier(options.listeners, 'beforeChunk')
    this.#afterChunk = notifier(options.listeners, 'afterChunk')
    this.#onChunkError = notifier(options.listeners, 'onChunkError')
  }

  /** The first failure of a chunk. */
  get failure(): Failure | undefined {
    return this.#failure
  }

  /** Does all that is done with a chunk, which must not reject, and tells of it. */
  trace(chunk: Chunk, work: () => Promise<void>): Promise<void> {
    if (!chunkChannel.hasSubscribers || chunk.items.length === 0) return work()
    const { index, items } = chunk
    const trace: ChunkTrace = { step: this.#runtime.trace, index, size: items.length }
    this.#traces.set(index, trace)
    return traced(chunkChannel, trace, async () => {
      await work()
      trace.outcome ??= 'dropped'
      this.#traces.delete(index)
    })
  }

  /** Runs at most `concurrency` tasks at once. */
  gated<T>(task: () => Promise<T>): Promise<T> {
    return this.#gate === undefined ? task() : this.#gate.submit(task)
  }

  /** Processes a chunk on the task executor; `undefined` when the step's signal was aborted before its turn. */
  process(chunk: Chunk): Promise<ProcessedChunk | undefined> {
    const { taskExecutor, processor } = this.#options
    const work = async (): Promise<ProcessedChunk | undefined> => {
      if (this.#runtime.context.signal.aborted) return undefined
      await this.#beforeChunk?.(this.#info(chunk), this.#runtime.context)
      return processor.process(chunk)
    }
    return this.#runtime.deadline.race(taskExecutor === undefined ? work() : taskExecutor.submit(work))
  }

  /** Commits what {@link process} gave. Rejects when the chunk was rolled back. */
  async commit(chunk: Chunk, done: ProcessedChunk | undefined): Promise<void> {
    const { context, deadline, progress } = this.#runtime
    if (done === undefined) return this.fail(context.signal.reason)
    await this.#options.committer.commit(chunk, done)
    const trace = this.#traces.get(chunk.index)
    if (trace !== undefined) trace.outcome = 'committed'
    try {
      await deadline.race(this.#afterChunk?.(this.#info(chunk), context))
      if (progress !== undefined) await deadline.race(progress.committed(chunk.items.length, chunk.position))
    } catch (error) {
      // The chunk is committed: the step fails, the chunk did not.
      this.fail(error)
    }
  }

  /** The chunk was not committed: ends the step, and tells the listeners. A failure after the first is not told. */
  async failChunk(chunk: Chunk, error: unknown): Promise<void> {
    if (this.#failure !== undefined) return
    this.fail(error)
    this.#traceFailure(chunk, error)
    const tell = this.#onChunkError
    try {
      await reportFailure(error, tell && (() => tell(this.#info(chunk), error, this.#runtime.context)))
    } catch (reported) {
      this.#failure = { error: reported }
    }
  }

  /** Ends the step. The other chunks are lost work: whoever waits in them may stop. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#runtime.abort(error)
  }

  #traceFailure({ index }: Chunk, error: unknown): void {
    const trace = this.#traces.get(index)
    if (trace === undefined || this.withStop(error) instanceof StopRequestedError) return
    trace.outcome = 'failed'
    traceError(chunkChannel, trace, error)
  }

  /** During a stop, what user code throws because of its signal is the stop and no failure. */
  withStop(error: unknown): unknown {
    const { signal } = this.#runtime.context
    return isStopRequested(signal) && isAbortOf(signal, error) ? new StopRequestedError() : error
  }

  #info(chunk: Chunk): ChunkInfo {
    return { index: chunk.index, size: chunk.items.length, counts: this.#runtime.stepExecution.counts }
  }
}
