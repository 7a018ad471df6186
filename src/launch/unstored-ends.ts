import type { JobExecution } from '../domain/job-execution.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { Lease } from '../repository/lease.js'
import type { Timer } from '../support/clock.js'
import type { OperatorSettings } from './operator-options.js'

const FIRST_DELAY = 1_000
const LONGEST_DELAY = 10_000

/**
 * Ends of executions that could not be stored. Their instances stay held as long as this operator lives, since it does
 * renew its lease: so it tries again until it has stored them, or somebody has taken them over.
 */
export class UnstoredEnds {
  readonly #settings: OperatorSettings
  readonly #timers = new Set<Timer>()
  #closed = false

  constructor(settings: OperatorSettings) {
    this.#settings = settings
  }

  /** Stores an end as soon as it can be stored. */
  add(ended: JobExecution, lease: Lease): void {
    this.#tryIn(FIRST_DELAY, ended, lease)
  }

  /** Gives up: with the operator's registration its leases end, and the executions can be taken over. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #tryIn(delay: number, ended: JobExecution, lease: Lease): void {
    if (this.#closed) return
    const timer = this.#settings.clock.after(delay, () => {
      this.#timers.delete(timer)
      void this.#try(delay, ended, lease)
    })
    this.#timers.add(timer)
  }

  async #try(delay: number, ended: JobExecution, lease: Lease): Promise<void> {
    const { repository, logger } = this.#settings
    const fields = { jobExecutionId: ended.id, status: ended.status }
    try {
      await repository.finishJobExecution(ended, lease)
      logger.info(fields, 'the end of the job is stored at last')
    } catch (error) {
      if (error instanceof OwnershipLostError) {
        logger.info(fields, 'the end of the job is not stored any more: it was taken over')
        return
      }
      logger.warn({ ...fields, error }, 'the end of the job could not be stored: it is tried again')
      this.#tryIn(Math.min(delay * 2, LONGEST_DELAY), ended, lease)
    }
  }
}
