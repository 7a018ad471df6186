import type { StepContext } from '../domain/step-context.js'
import { isThenable } from '../support/thenable.js'
import type { Json } from '../support/json.js'
import { PositionError } from './item-errors.js'
import { isItemStream, type ItemStream } from './item-stream.js'
import type { ItemWriter } from './item-writer.js'
import { claimStream, releaseStream } from './open-streams.js'

type Stream = ItemStream & Pick<ItemWriter<never>, 'returnTo'>

/** Streams inside a writer, by their names: they are opened, saved, completed and closed together. */
export class InnerStreams {
  readonly #owner: string
  readonly #streams: ReadonlyMap<string, Stream>
  #open: Stream[] = []

  /** `owner` is how a `PositionError` names the writer; those of `writers` that are no streams are left out. */
  constructor(owner: string, writers: ReadonlyMap<string, object>) {
    this.#owner = owner
    const streams = new Map<string, Stream>()
    for (const [name, writer] of writers) if (isItemStream(writer)) streams.set(name, writer)
    this.#streams = streams
  }

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#streams.size === 0
  }

  /** Whether any can undo what it has written. */
  get canReturn(): boolean {
    return [...this.#streams.values()].some((stream) => stream.returnTo !== undefined)
  }

  /** Opens each at its own place. When one fails, it and those before it are closed, the last first. */
  async open(position: Json | undefined, context: StepContext<unknown>): Promise<void> {
    const places = this.#placesOf(position)
    try {
      for (const [name, stream] of this.#streams) {
        if (!this.#open.includes(stream)) {
          claimStream(stream, context.stepExecution.stepName, 'writer')
          this.#open.push(stream)
        }
        await stream.open(places?.[name], context)
      }
    } catch (error) {
      throw await this.#closeAfter(error)
    }
  }

  position(): Json {
    return Object.fromEntries([...this.#streams].map(([name, stream]) => [name, stream.position()]))
  }

  /** Each that can, returns to its place; all of them, also when one fails. */
  async returnTo(position: Json): Promise<void> {
    const places = this.#placesOf(position)
    await all([...this.#streams], ([name, stream]) => stream.returnTo?.(places?.[name] as Json))
  }

  async complete(): Promise<void> {
    for (const stream of this.#streams.values()) await stream.complete?.()
  }

  /** Closes those that were opened, the last first; all of them, also when one fails. */
  close(): Promise<void> {
    return all(this.#open.splice(0).reverse(), async (stream) => {
      try {
        await stream.close()
      } finally {
        releaseStream(stream)
      }
    })
  }

  async #closeAfter(error: unknown): Promise<unknown> {
    try {
      await this.close()
      return error
    } catch (second) {
      return new AggregateError([error, second], 'opening a stream failed, and then closing those opened before it', {
        cause: error,
      })
    }
  }

  #placesOf(position: Json | undefined): Readonly<Record<string, Json>> | undefined {
    if (position === undefined) return undefined
    const names = [...this.#streams.keys()]
    const stored = typeof position === 'object' && position !== null ? Object.keys(position) : []
    if (names.length === stored.length && names.every((name) => stored.includes(name))) {
      return position as Readonly<Record<string, Json>>
    }
    throw new PositionError(this.#owner, position, `its writers with a place are ${names.join(', ')}`)
  }
}

/** Does something with each, one after another, whatever fails; then throws what has failed, several errors as one. */
async function all<T>(values: readonly T[], work: (value: T) => void | Promise<void>): Promise<void> {
  const errors: unknown[] = []
  for (const value of values) {
    try {
      const done = work(value)
      if (isThenable(done)) await done
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} writers have failed`, { cause: errors[0] })
}
