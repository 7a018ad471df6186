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
   * The pool this writer writes to, if it has one of its own: it is inside the transaction only when that is the very
   * pool of the step's transaction manager.
   */
  readonly pool?: object | undefined

  /**
   * The connections it takes of a pool besides the transaction's. Default: one for each open chunk if `pool` is not the
   * one of the step's transactions, else none.
   */
  readonly connections?: HeldConnections | undefined
}
