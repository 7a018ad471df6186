import type { ExecutionContext } from '../../domain/execution-context.js'
import { SqlError } from '../../sql/sql-error.js'
import { errorChain } from '../../support/error-chain.js'
import type { ManagedTransaction } from '../../transaction/transaction.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import type { ProbeFailure } from '../fault/write-search.js'

/**
 * How bad items are searched for; `undefined`: not at all, the chunk is written at once. `'writes'`: those that the
 * writer refuses. `'constraints'`: also those that the database would refuse at COMMIT.
 */
export type Search = 'writes' | 'constraints' | undefined

/** How far an attempt has come: an error while the items are written, or at COMMIT, may be an item's. */
export type Stage = 'write' | 'report' | 'commit' | 'committed'

/** One attempt to write and commit a chunk, in one transaction. */
export class WriteAttempt {
  readonly transaction: ManagedTransaction
  readonly search: Search
  stage: Stage = 'write'
  readonly #faults: FaultTolerance
  readonly #assertOwned: () => void
  #executionContext: ExecutionContext
  #claimed = 0

  constructor(
    transaction: ManagedTransaction,
    search: Search,
    executionContext: ExecutionContext,
    faults: FaultTolerance,
    assertOwned: () => void,
  ) {
    this.transaction = transaction
    this.search = search
    this.#executionContext = executionContext
    this.#faults = faults
    this.#assertOwned = assertOwned
  }

  /** The step's context as this attempt has left it so far. */
  get executionContext(): ExecutionContext {
    return this.#executionContext
  }

  /** Takes a skip that counts only if the attempt commits. */
  claim(error: unknown): void {
    this.#faults.claim(error)
    this.#claimed++
  }

  /** Gives back skips of this attempt. */
  giveBack(count: number = this.#claimed): void {
    this.#faults.giveBack(count)
    this.#claimed -= count
  }

  /** Whether the database says that the error passes when the work is done again. */
  isTransient(error: unknown): boolean {
    return this.transaction.isTransient?.(error) ?? isTransientSql(error)
  }

  /**
   * Writes a part of the chunk behind a savepoint. Resolves with what failed if that part may be skipped: it is undone,
   * and what it put into the context with it.
   */
  async probe(write: (executionContext: ExecutionContext) => Promise<void>): Promise<ProbeFailure | undefined> {
    this.#assertOwned()
    const executionContext = this.#executionContext.copy()
    const checkConstraints = this.search === 'constraints'
    try {
      await this.transaction.savepoint(() => write(executionContext), { checkConstraints })
    } catch (error) {
      if (this.isTransient(error) || !this.#faults.isSkippable(error)) throw error
      return { error }
    }
    this.#executionContext = executionContext
    return undefined
  }
}

/** Whether an error is, or was caused by, one of the database that passes. */
export function isTransientSql(error: unknown): boolean {
  return errorChain(error).some((link) => link instanceof SqlError && link.transient)
}
