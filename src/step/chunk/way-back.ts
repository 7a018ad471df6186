import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { WriterReturnError } from '../../item/item-errors.js'
import { isItemStream, type ItemStream } from '../../item/item-stream.js'
import type { ItemWriter } from '../../item/item-writer.js'
import { errorChain } from '../../support/error-chain.js'
import type { Json } from '../../support/json.js'
import { isThenable } from '../../support/thenable.js'
import { waitPatiently } from '../patience.js'
import { assertStillOwned } from '../still-owned.js'
import type { StepRuntime } from '../step.js'

type Returning = ItemStream & Required<Pick<ItemWriter<unknown>, 'returnTo'>>

/** Undoes what a writer has written since its place was taken, because of `error`. Resolves with what prevented it, if anything. */
export type GoBack = (error: unknown) => Promise<WriterReturnError | OwnershipLostError | undefined>

/** How what a writer has written outside the transaction is undone with it: by `returnTo`. */
export class WayBack {
  readonly #runtime: StepRuntime
  readonly #part: 'writer' | 'skip.to'
  readonly #writer: Returning
  #lastWrite: Promise<void> | undefined

  /** `undefined` for a writer that cannot return. */
  static of(runtime: StepRuntime, part: 'writer' | 'skip.to', writer: object | undefined): WayBack | undefined {
    return canReturn(writer) ? new WayBack(runtime, part, writer) : undefined
  }

  private constructor(runtime: StepRuntime, part: 'writer' | 'skip.to', writer: Returning) {
    this.#runtime = runtime
    this.#part = part
    this.#writer = writer
  }

  /** Follows a call of `write`: behind a deadline nobody waits for it, but it may still write. */
  follow<T>(writing: T): T {
    this.#lastWrite = isThenable(writing) ? ended(writing) : undefined
    return writing
  }

  /** Takes the writer's place; the answer goes back to it. */
  take(): GoBack {
    const place = this.#writer.position()
    return (error) => this.#goBack(place, error)
  }

  async #goBack(place: Json, error: unknown): ReturnType<GoBack> {
    const { ownershipLost, stepExecution } = this.#runtime
    // The next owner has opened the output, and may be writing: what is there is no longer ours to cut.
    if (ownershipLost() !== undefined || errorChain(error).some((link) => link instanceof OwnershipLostError))
      return undefined
    if (!(await waitPatiently(this.#lastWrite, this.#runtime))) return undefined
    try {
      // Whoever was asleep for longer than its lease does not know yet that it has lost it.
      if (!(await waitPatiently(assertStillOwned(this.#runtime), this.#runtime))) return undefined
      await waitPatiently(this.#writer.returnTo(place), this.#runtime)
    } catch (cause) {
      if (cause instanceof OwnershipLostError) return cause
      return new WriterReturnError(stepExecution.stepName, this.#part, error, cause)
    }
    return undefined
  }
}

/** Takes the places of all of them together; the answer goes back to each, whatever becomes of the others. */
export function takeAll(ways: readonly WayBack[]): GoBack | undefined {
  if (ways.length === 0) return undefined
  const backs = ways.map((way) => way.take())
  return async (error) => {
    const unreturned = await Promise.all(backs.map((goBack) => goBack(error)))
    return unreturned.find((one) => one !== undefined)
  }
}

async function ended(writing: PromiseLike<unknown>): Promise<void> {
  await Promise.allSettled([writing])
}

/** Whether what a writer has written is undone by `returnTo`. */
export function canReturn(writer: unknown): writer is Returning {
  return isItemStream(writer) && typeof (writer as Partial<Returning>).returnTo === 'function'
}
