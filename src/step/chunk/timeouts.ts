import { OptionCheck } from '../../domain/check-option.js'
import type { Clock } from '../../support/clock.js'
import type { Deadline } from '../../support/deadline.js'
import type { Duration } from '../../support/duration.js'
import { checkTimeout, startTimeLimit } from '../time-limit.js'
import type { Chunk, ProcessedChunk } from './chunk.js'

/**
 * How long parts of a step may take. When the time is over, the signal is aborted with a `TimeoutError`, the transaction
 * is rolled back and its connection closed; code that does not end by itself is not waited for, and cannot write any
 * more. Code that never gives control back cannot be interrupted.
 */
export interface StepTimeouts {
  /**
   * One call of the processor for one item. The error is the item's own: `retry` and `skip` may name it. Costs a timer
   * for each item that is processed asynchronously. Default: as long as it takes.
   */
  readonly item?: Duration
  /**
   * Processing, writing and committing one chunk, attempts and their waiting included; not counted are reading it and
   * waiting for a slot of the executor or for its turn to commit. The step fails. Default: as long as it takes.
   */
  readonly chunk?: Duration
  /** The step as a whole, in one execution. The step fails. Default: as long as it takes. */
  readonly step?: Duration
}

/** The timeouts in milliseconds. */
export interface CheckedTimeouts {
  readonly item: number | undefined
  readonly chunk: number | undefined
  readonly step: number | undefined
}

/** Checks the `timeout` option of a step. */
export function checkTimeouts(owner: string, timeout: StepTimeouts | undefined): CheckedTimeouts {
  if (timeout === undefined) return { item: undefined, chunk: undefined, step: undefined }
  const check = new OptionCheck(`${owner}.timeout`)
  check.object(timeout, ['item', 'chunk', 'step'])
  return {
    item: checkTimeout(check, 'item', timeout.item),
    chunk: checkTimeout(check, 'chunk', timeout.chunk),
    step: checkTimeout(check, 'step', timeout.step),
  }
}

/** What processes a chunk. */
export interface ProcessesChunks {
  process(chunk: Chunk): ProcessedChunk | Promise<ProcessedChunk>
}

/** What commits a chunk. */
export interface CommitsChunks {
  commit(chunk: Chunk, processed: ProcessedChunk): Promise<void>
}

/** What the time of a step's chunks is measured with. */
export interface ChunkTimeOptions {
  readonly stepName: string
  readonly clock: Clock
  readonly deadline: Deadline
  /** Milliseconds; `undefined` for no limit. */
  readonly limit: number | undefined
}

/** Limits the time of each chunk, and does not wait for its processing behind the deadline. */
export class ChunkTime {
  readonly #options: ChunkTimeOptions
  readonly #used = new WeakMap<Chunk, number>()

  constructor(options: ChunkTimeOptions) {
    this.#options = options
  }

  /** The same processor, within the time. */
  processing(processor: ProcessesChunks): ProcessesChunks {
    const { deadline, limit } = this.#options
    const process = (chunk: Chunk): ProcessedChunk | Promise<ProcessedChunk> => deadline.race(processor.process(chunk))
    return { process: limit === undefined ? process : (chunk) => this.#measure(limit, chunk, () => process(chunk)) }
  }

  /** The same committer, within the time. It ends by itself, since its transaction does. */
  committing(committer: CommitsChunks): CommitsChunks {
    const { limit } = this.#options
    if (limit === undefined) return committer
    return {
      commit: (chunk, processed) => this.#measure(limit, chunk, () => committer.commit(chunk, processed)),
    }
  }

  async #measure<T>(limit: number, chunk: Chunk, work: () => T | Promise<T>): Promise<T> {
    const { stepName, clock, deadline } = this.#options
    const used = this.#used.get(chunk) ?? 0
    const began = clock.monotonic()
    const timer = startTimeLimit({ what: 'chunk', subject: stepName, deadline, clock }, limit, limit - used)
    try {
      return await work()
    } finally {
      timer?.cancel()
      this.#used.set(chunk, used + clock.monotonic() - began)
    }
  }
}
