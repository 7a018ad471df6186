import type { ExecutionContext } from '../domain/execution-context.js'
import type { StepContext } from '../domain/step-context.js'
import type { Transaction } from './transaction.js'

/** What user code inside a transaction of a step, a chunk's or that of a tasklet's call, is handed. */
export interface TransactionContext<P = unknown> extends StepContext<P> {
  /** The transaction. SQL sent through its `client` commits with it. */
  readonly transaction: Transaction
  /** The step's context: puts commit with the chunk and are undone with it. */
  readonly executionContext: ExecutionContext
}
