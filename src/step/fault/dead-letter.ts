/** What was skipped, as `skip.to` is handed it. */
export interface DeadLetter {
  /** Where it failed. */
  readonly phase: 'read' | 'process' | 'write'
  /** As it was read, or as processing left it when writing failed. Not there for a failed read. */
  readonly item?: unknown
  /** What was thrown. */
  readonly error: unknown
  /**
   * The last part of the item's idempotency key: its sort key where the reader has one, else its number. For a failed
   * read, how many items were read before it.
   */
  readonly position: string
}
