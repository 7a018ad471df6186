import type { Json } from '../support/json.js'
import type { WriteContext } from './item-context.js'
import type { HeldConnections } from './item-reader.js'

/**
 * Where items go: called once per chunk, with everything the chunk's processing left, never with an empty array. It
 * must have written all items when it returns. An error rolls the chunk back; it may then be written again, and in parts
 * where `skip` searches for a bad item.
 */
export interface ItemWriter<T> {
  write(items: readonly T[], context: WriteContext): void | Promise<void>

  /**
   * Says that all this writer does is rolled back with the chunk's transaction. A writer that does not say so counts as
   * outside: the step is at-least-once.
   */
  readonly transactional?: boolean

  /**
   * False: the writer never touches `transaction.client`, so BEGIN may wait and travel with its first statement, as in
   * Chunkwise's own database writers. A transactional writer that does not say so finds the transaction begun.
   */
  readonly usesClient?: boolean

  /**
   * For a writer with a position of its own, such as a file writer: undoes all that was written after `position()` gave
   * this value. Called when the transaction of a chunk, or a part of it that was tried on its own, has been rolled back,
   * before anything else is written, and also when the step then ends. With it `skip` searches for bad items by halving,
   * as in a transaction. An error fails the step with `WriterReturnError`: it is never retried and never skipped.
   *
   * Never called while a `write` is under way. It is left out where nobody may touch the output any more: when the lease
   * is lost, when it cannot be known whether the chunk has committed, when a `write` does not end behind a timeout. So
   * `open` too must cut off what lies behind its position.
   */
  returnTo?(position: Json): void | Promise<void>

  /**
   * The pool this writer writes to, if it has one of its own: it is inside the transaction only when that is the very
   * pool of the step's transaction manager.
   */
  readonly pool?: object | undefined

  /**
   * The writers that it writes with, where it does nothing else that lasts, as in `CompositeItemWriter`: each of them is
   * asked whether it is in the transaction and what it takes of pools, instead of this one.
   */
  readonly delegates?: readonly ItemWriter<never>[]

  /**
   * The connections it takes of a pool besides the transaction's. Default: one for each open chunk if `pool` is not the
   * one of the step's transactions, else none.
   */
  readonly connections?: HeldConnections | undefined
}

/** The writers that really write: a writer's delegates, and theirs, or itself. */
export function innermostWriters(writer: ItemWriter<never>): readonly ItemWriter<never>[] {
  return writer.delegates === undefined ? [writer] : writer.delegates.flatMap(innermostWriters)
}
