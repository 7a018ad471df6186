import type { StepContext } from '../domain/step-context.js'
import type { TransactionContext } from '../transaction/transaction-context.js'

/** An attempt that failed and is followed by another. */
export interface RetryInfo {
  /** What is tried again: one item, the writing of a whole chunk, or one call of a tasklet. */
  readonly phase: 'process' | 'write' | 'call'
  /** How many attempts have failed so far. */
  readonly attempt: number
  /** How long the next one waits, in milliseconds. */
  readonly delay: number
}

/**
 * Is told of skips and retries. Skips are told inside the transaction of their chunk, when everything else of it is
 * written: what a listener writes there commits with the chunk, once. A listener that throws fails the step: no policy
 * forgives it.
 */
export interface FaultListener<I = unknown, O = unknown> {
  /** A failed read was skipped: inside the transaction. */
  onSkipInRead?(error: unknown, context: TransactionContext): void | Promise<void>
  /** An item was skipped because processing it failed: inside the transaction. */
  onSkipInProcess?(item: I, error: unknown, context: TransactionContext): void | Promise<void>
  /** An item was skipped because writing it failed: inside the transaction. */
  onSkipInWrite?(item: O, error: unknown, context: TransactionContext): void | Promise<void>
  /** An attempt failed, and another follows after its wait: outside the transaction. */
  onRetry?(error: unknown, retry: RetryInfo, context: StepContext<unknown>): void | Promise<void>
}
