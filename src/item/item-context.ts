import type { StepContext } from '../domain/step-context.js'
import type { TransactionContext } from '../transaction/transaction-context.js'

/** What a reader is handed. */
export type ReadContext = StepContext<unknown>

/** What a processor is handed. */
export interface ItemContext<P = unknown> extends StepContext<P> {
  /**
   * The item's idempotency key: job instance, step and position (the sort key where the reader has one, else the count).
   * The same over retries and restarts; another one in each pass of a loop, and when a completed step is run again. Send
   * it with every request that must not take effect twice.
   */
  readonly key: string
}

/** What a writer is handed. */
export interface WriteContext<P = unknown> extends TransactionContext<P> {
  /** `keys[i]` is the idempotency key of `items[i]`. */
  readonly keys: readonly string[]
}
