import type { ExecutionContext } from '../../domain/execution-context.js'
import type { StepCounts } from '../../domain/step-counts.js'
import type { StepContext } from '../../domain/step-context.js'
import { innermostWriters, type ItemWriter } from '../../item/item-writer.js'
import type { ItemListener } from '../../listener/step-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import type { Deadline } from '../../support/deadline.js'
import { withCurrentTransaction } from '../../transaction/current-transaction.js'
import type { TransactionContext } from '../../transaction/transaction-context.js'
import type { DeadLetter } from '../fault/dead-letter.js'
import { type ProbeFailure, searchWrites } from '../fault/write-search.js'
import type { Chunk, ProcessedChunk } from './chunk.js'
import type { ItemKeys } from './item-keys.js'
import { StepWriteContext } from './step-write-context.js'
import { canReturn, type WayBack } from './way-back.js'
import type { WriteAttempt } from './write-attempt.js'

/** What a {@link ChunkWriter} writes with. */
export interface ChunkWriterOptions {
  readonly writer: ItemWriter<unknown>
  /** How what it has written is undone where it is not in the transaction; `undefined`: not at all. */
  readonly wayBack: WayBack | undefined
  /** The resource of the transactions: what `currentTransaction` is asked for. */
  readonly resource: object
  readonly keys: ItemKeys
  /** Nobody waits for the writer once it has passed. */
  readonly deadline: Deadline
  readonly listeners: readonly ItemListener[]
}

/** A chunk whose items have all been written or left out for a reason that is counted. */
export interface SettledChunk {
  /** What the chunk adds to the step's counts when it commits. */
  readonly counts: Partial<StepCounts>
  /** What was skipped of it, in reading, processing and writing. */
  readonly skips: readonly DeadLetter[]
}

const NONE: readonly DeadLetter[] = []

/** Writes what processing left of a chunk, inside a transaction that the caller ends. */
export class ChunkWriter {
  readonly #context: StepContext<unknown>
  readonly #options: ChunkWriterOptions
  readonly #canRollBack: boolean
  readonly #usesClient: boolean
  readonly #beforeWrite: Notify<[items: readonly unknown[], context: TransactionContext]>
  readonly #afterWrite: Notify<[items: readonly unknown[], context: TransactionContext]>

  constructor(context: StepContext<unknown>, options: ChunkWriterOptions) {
    const writers = innermostWriters(options.writer)
    this.#context = context
    this.#options = options
    this.#canRollBack = writers.every((writer) => canReturn(writer) || isInside(writer, options.resource))
    this.#usesClient = writers.some((writer) => writer.transactional === true && writer.usesClient !== false)
    this.#beforeWrite = notifier(options.listeners, 'beforeWrite')
    this.#afterWrite = notifier(options.listeners, 'afterWrite')
  }

  /** Writes the chunk: at once, or searching for the items that cannot be written. */
  async write(chunk: Chunk, processed: ProcessedChunk, attempt: WriteAttempt): Promise<SettledChunk> {
    const { outputs } = processed
    let skipped = NONE
    if (attempt.search !== undefined) skipped = await this.#search(chunk, processed, attempt)
    else if (outputs.length > 0) await this.#write(chunk, processed, attempt, attempt.executionContext)
    const counts = {
      read: chunk.items.length,
      write: outputs.length - skipped.length,
      filter: processed.filtered,
      commit: 1,
      readSkip: chunk.skips?.length ?? 0,
      processSkip: processed.skips?.length ?? 0,
      writeSkip: skipped.length,
    }
    return { counts, skips: [...(chunk.skips ?? NONE), ...(processed.skips ?? NONE), ...skipped] }
  }

  async #write(
    chunk: Chunk,
    part: ProcessedChunk,
    { transaction }: WriteAttempt,
    executionContext: ExecutionContext,
  ): Promise<void> {
    const { keys, writer, wayBack, resource, deadline } = this.#options
    // The writer may empty its array, and the results may have to be written again.
    const outputs = part.outputs.slice()
    // A writer outside the transaction may be slow: no transaction is open in the database while it works.
    if (this.#usesClient) await transaction.begin()
    const makeKeys = (): readonly string[] => keys.keys(chunk, part)
    const context = new StepWriteContext(this.#context, transaction, executionContext, makeKeys)
    await withCurrentTransaction(resource, transaction, async () => {
      await deadline.race(this.#beforeWrite?.(outputs, context))
      const writing = writer.write(outputs, context)
      await deadline.race(wayBack === undefined ? writing : wayBack.follow(writing))
      await deadline.race(this.#afterWrite?.(outputs, context))
    })
  }

  /** Writes what can be written, and resolves with the rest. */
  async #search(chunk: Chunk, processed: ProcessedChunk, attempt: WriteAttempt): Promise<readonly DeadLetter[]> {
    const { outputs, sources } = processed
    const { keys } = this.#options
    const skipped = new Map<number, DeadLetter>()
    await searchWrites({
      size: outputs.length,
      undone: this.#canRollBack,
      probe: (from, to) => this.#probe(chunk, partOf(processed, from, to), attempt),
      refuse(index, error) {
        attempt.claim(error)
        const position = keys.position(chunk, sources?.[index] ?? index)
        skipped.set(index, { phase: 'write', item: outputs[index], error, position })
      },
      ...(attempt.search === 'constraints' && {
        accept(index: number) {
          attempt.giveBack(1)
          skipped.delete(index)
        },
      }),
    })
    return [...skipped.values()]
  }

  async #probe(chunk: Chunk, part: ProcessedChunk, attempt: WriteAttempt): Promise<ProbeFailure | undefined> {
    const goBack = this.#options.wayBack?.take()
    const failure = await attempt.probe((executionContext) => this.#write(chunk, part, attempt, executionContext))
    const unreturned = failure && (await goBack?.(failure.error))
    if (unreturned !== undefined) throw unreturned
    return failure
  }
}

/** Whether all that a writer does is undone with a transaction of `resource`. */
function isInside({ transactional, pool }: ItemWriter<never>, resource: object): boolean {
  return transactional === true && (pool === undefined || pool === resource)
}

/** Some of a chunk's results, which still know where they came from. */
function partOf({ outputs, sources }: ProcessedChunk, from: number, to: number): ProcessedChunk {
  const part = outputs.slice(from, to)
  return { outputs: part, sources: sources?.slice(from, to) ?? part.map((_, index) => from + index), filtered: 0 }
}
