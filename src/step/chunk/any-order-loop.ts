import { TurnTaker } from '../../support/clock.js'
import type { StepRuntime } from '../step.js'
import { ChunkWork, type ChunkWorkOptions, type Failure } from './chunk-work.js'
import type { Chunk } from './chunk.js'
import type { RangeSource } from './range-source.js'
import type { StepLedger } from './step-ledger.js'

/** What an {@link AnyOrderLoop} runs with. */
export interface AnyOrderLoopOptions extends ChunkWorkOptions {
  readonly source: RangeSource
  readonly ledger: StepLedger
}

/** A chunk that takes long may be overtaken by so many others, times the concurrency, before reading waits for it. */
const AHEAD = 64

/**
 * Reads ranges one after another; processes and commits several chunks side by side, each as soon as it is done. The first
 * failure ends the step: what is being committed finishes or rolls back, the rest is dropped unwritten.
 */
export class AnyOrderLoop {
  readonly #runtime: StepRuntime
  readonly #options: AnyOrderLoopOptions
  readonly #ledger: StepLedger
  readonly #work: ChunkWork
  readonly #limit: number
  readonly #ahead: number
  readonly #turns = new TurnTaker()
  readonly #underWay = new Set<Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #dropped = false
  #index = 0
  #start = 0

  constructor(runtime: StepRuntime, options: AnyOrderLoopOptions) {
    this.#runtime = runtime
    this.#options = options
    this.#ledger = options.ledger
    this.#work = new ChunkWork(runtime, options)
    // Beside the chunks in work, as many may wait for it. One at a time reads nothing ahead.
    this.#limit = options.concurrency === 1 ? 1 : 2 * options.concurrency
    this.#ahead = AHEAD * options.concurrency
  }

  /** Runs to the end of the input; rejects with the failure, or with `StopRequestedError` when the input has not ended. */
  async run(): Promise<void> {
    const { signal } = this.#runtime.context
    let readFailure: Failure | undefined
    while (!this.#options.source.ended && this.#work.failure === undefined && !signal.aborted) {
      try {
        await this.#readOne()
        await this.#turns.yield()
      } catch (error) {
        readFailure = { error }
        break
      }
    }
    await Promise.all(this.#underWay)
    const failure = this.#work.failure ?? readFailure
    if (failure !== undefined) {
      this.#runtime.abort(failure.error)
      throw this.#work.withStop(failure.error)
    }
    if (this.#dropped || !this.#options.source.ended) throw signal.reason
  }

  /** Reads a range and sends its chunk on its way. */
  async #readOne(): Promise<void> {
    const range = await this.#options.source.next()
    const chunk: Chunk = {
      index: this.#index++,
      items: range.items,
      start: this.#start,
      position: range.to,
    }
    this.#start += range.items.length
    this.#ledger.add(chunk.index, range)
    const done = this.#work
      .trace(chunk, () => this.#run(chunk))
      .finally(() => {
        this.#underWay.delete(done)
        for (const wake of this.#waiting.splice(0)) wake()
      })
    this.#underWay.add(done)
    // A chunk that has failed or was dropped never makes room.
    while (this.#isFull() && !this.#runtime.context.signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #isFull(): boolean {
    return this.#underWay.size >= this.#limit || this.#ledger.ahead > this.#ahead
  }

  /** Never rejects. */
  #run(chunk: Chunk): Promise<void> {
    return this.#work.gated(async () => {
      try {
        if (chunk.items.length === 0) await this.#closeEmpty(chunk)
        else {
          const done = await this.#work.process(chunk)
          // Others may be on their way to their commit: a stop lets them.
          if (done === undefined) this.#dropped = true
          else if (this.#work.failure === undefined) await this.#work.commit(chunk, done)
        }
      } catch (error) {
        return this.#work.failChunk(chunk, error)
      }
      await this.#fold()
    })
  }

  /** A gap without rows is closed like any other, but is no chunk that anybody hears of. */
  async #closeEmpty(chunk: Chunk): Promise<void> {
    if (this.#work.failure === undefined) {
      await this.#options.committer.commit(chunk, { outputs: [], sources: undefined, filtered: 0 })
    }
  }

  async #fold(): Promise<void> {
    try {
      if (this.#work.failure === undefined) await this.#ledger.foldIfDue()
    } catch (error) {
      this.#work.fail(error)
    }
  }
}
