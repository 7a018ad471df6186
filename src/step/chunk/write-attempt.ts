import type { ExecutionContext } from '../../domain/execution-context.js'
import type { ManagedTransaction } from '../../transaction/transaction.js'
import { Attempt } from '../attempt.js'
import type { FaultTolerance } from '../fault/fault-tolerance.js'
import type { ProbeFailure } from '../fault/write-search.js'

/**
 * How bad items are searched for; `undefined`: not at all, the chunk is written at once. `'writes'`: those that the
 * writer refuses. `'constraints'`: also those that the database would refuse at COMMIT.
 */
export type Search = 'writes' | 'constraints' | undefined

/** One attempt to write and commit a chunk, in one transaction. */
export class WriteAttempt extends Attempt {
  readonly search: Search
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
    super(transaction)
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
