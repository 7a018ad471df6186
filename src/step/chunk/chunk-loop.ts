import { TurnTaker } from '../../support/clock.js'
import type { StepRuntime } from '../step.js'
import type { ChunkSource } from './chunk-source.js'
import { ChunkWork, type ChunkWorkOptions, type Failure } from './chunk-work.js'
import type { Chunk, ProcessedChunk } from './chunk.js'

/** What a {@link ChunkLoop} runs with. */
export interface ChunkLoopOptions extends ChunkWorkOptions {
  readonly source: ChunkSource
}

/**
 * Reads chunks one after another, processes several at once, and commits them in the order in which they were read. The
 * first chunk that fails, in that order, ends the step; chunks behind it are dropped unwritten. So a stop that comes
 * when the reader has already said its end, and all chunks are on their way, stops nothing.
 */
export class ChunkLoop {
  readonly #runtime: StepRuntime
  readonly #source: ChunkSource
  readonly #work: ChunkWork
  readonly #limit: number
  readonly #turns = new TurnTaker()
  #commits: Promise<void> = Promise.resolve()
  #open = 0

  constructor(runtime: StepRuntime, options: ChunkLoopOptions) {
    this.#runtime = runtime
    this.#source = options.source
    this.#work = new ChunkWork(runtime, options)
    // Beside the chunks in processing, as many may wait for their turn to commit. One at a time reads nothing ahead.
    this.#limit = options.concurrency === 1 ? 1 : 2 * options.concurrency
  }

  /** Runs to the end of the input; rejects with the failure, or with `StopRequestedError` when the input has not ended. */
  async run(): Promise<void> {
    try {
      await this.#run()
    } finally {
      await this.#source.idle()
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#runtime.context
    let ended = false
    let readFailure: Failure | undefined
    while (!ended && this.#work.failure === undefined && !signal.aborted) {
      try {
        await this.#readOne()
        ended = this.#source.ended
        await this.#turns.yield()
      } catch (error) {
        // Chunks that were read before the failing one are good: they still commit.
        readFailure = { error }
        break
      }
    }
    await this.#commits
    const failure = this.#work.failure ?? readFailure
    if (failure !== undefined) {
      this.#runtime.abort(failure.error)
      throw this.#work.withStop(failure.error)
    }
    if (!ended) throw signal.reason
  }

  /** Reads a chunk, if there is one, and sends it on its way. */
  async #readOne(): Promise<void> {
    const chunk = await this.#source.next()
    if (chunk === undefined) return
    this.#open++
    const before = this.#commits
    this.#commits = this.#work.trace(chunk, () => {
      const processed = this.#work.gated(() => this.#work.process(chunk))
      processed.catch(() => undefined)
      return this.#commitAfter(before, chunk, processed)
    })
    while (this.#open >= this.#limit) await this.#roomMade()
  }

  /** Resolves when a chunk has committed or failed since. */
  #roomMade(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
  readonly #waiting: (() => void)[] = []

  async #commitAfter(
    before: Promise<void>,
    chunk: Chunk,
    processed: Promise<ProcessedChunk | undefined>,
  ): Promise<void> {
    await before
    try {
      const done = await processed
      if (this.#work.failure === undefined) await this.#work.commit(chunk, done)
    } catch (error) {
      await this.#work.failChunk(chunk, error)
    }
    this.#open--
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
