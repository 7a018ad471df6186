import { InvalidOptionError } from '../domain/option-error.js'
import type { StepContext } from '../domain/step-context.js'
import type { Json } from '../support/json.js'
import { InnerStreams } from './inner-streams.js'
import type { WriteContext } from './item-context.js'
import { stepScopeFactory, type WriteFunction } from './item-source.js'
import { isItemStream } from './item-stream.js'
import type { ItemWriter } from './item-writer.js'

/** A writer inside another one. A plain function is `write` itself, and counts as outside the transaction. */
export type InnerWriter<T> = ItemWriter<T> | WriteFunction<T, never>

/**
 * What writers made of others have in common. Those among them that are streams are opened, saved, completed and closed
 * with it; it is a stream itself only if there is one, and can return to a place only if one can. The step asks each of
 * them for its guarantee and its connections.
 */
export abstract class DelegatingItemWriter<T> implements ItemWriter<T> {
  /** Whether all of them say so. */
  readonly transactional: boolean
  /** False where none of them does. */
  readonly usesClient: boolean
  readonly delegates: readonly ItemWriter<never>[]
  /** Like the other methods of a stream, there only where one of the writers has a place of its own. */
  readonly open?: (position: Json | undefined, context: StepContext<unknown>) => Promise<void>
  readonly position?: () => Json
  readonly complete?: () => Promise<void>
  readonly close?: () => Promise<void>
  /** There only where one of the writers has it. */
  readonly returnTo?: (position: Json) => Promise<void>

  protected constructor(owner: string, writers: ReadonlyMap<string, ItemWriter<never>>) {
    this.delegates = [...writers.values()]
    this.transactional = this.delegates.every((writer) => writer.transactional === true)
    this.usesClient = this.delegates.some((writer) => writer.usesClient !== false)
    const streams = new InnerStreams(owner, writers)
    if (streams.isEmpty) return
    this.open = (position, context) => streams.open(position, context)
    this.position = () => streams.position()
    this.complete = () => streams.complete()
    this.close = () => streams.close()
    if (streams.canReturn) this.returnTo = (position) => streams.returnTo(position)
  }

  abstract write(items: readonly T[], context: WriteContext): Promise<void>
}

/** The writer that an option of a writer made of others stands for. */
export function innerWriter<T>(option: string, given: InnerWriter<T>): ItemWriter<T> {
  if (typeof given === 'function') return { write: given as ItemWriter<T>['write'] }
  if (stepScopeFactory(given) !== undefined) {
    throw new InvalidOptionError(option, given, 'a writer: put stepScope(…) around the writer that it is in')
  }
  const methods: unknown = given
  const has = (name: string): boolean =>
    typeof (methods as Partial<Record<string, unknown>> | null)?.[name] === 'function'
  if (!has('write')) throw new InvalidOptionError(option, given, 'a writer (an object with `write`) or a function')
  const stream = ['open', 'position', 'close']
  if (isItemStream(given) || ![...stream, 'complete', 'returnTo'].some(has)) return given
  const missing = stream.filter((name) => !has(name)).join(', ')
  throw new InvalidOptionError(option, given, `a whole stream or none: it has no ${missing}`)
}
