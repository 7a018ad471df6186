import type { JobExecution } from '../domain/job-execution.js'
import { OwnershipLostError } from '../domain/ownership-errors.js'
import type { Lease } from '../repository/lease.js'
import { StartInDoubtError } from '../repository/repository-errors.js'
import type { Timer } from '../support/clock.js'
import type { OperatorSettings } from './operator-options.js'

const FIRST_DELAY = 1_000
const LONGEST_DELAY = 10_000

/** Something to store, and what the log says of it. */
interface Unstored {
  readonly store: () => Promise<unknown>
  readonly fields: object
  /** "the end of the job" */
  readonly what: string
}

/**
 * Ends of executions that could not be stored, and starts of which nobody knows whether they were. Their instances stay
 * held as long as this operator lives, since it does renew its lease: so it tries again until it has stored them, or
 * somebody has taken them over.
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
    const fields = { jobExecutionId: ended.id, status: ended.status }
    const store = (): Promise<unknown> => this.#settings.repository.finishJobExecution(ended, lease)
    this.#tryIn(FIRST_DELAY, { store, fields, what: 'the end of the job' })
  }

  /** The execution that `start` gives. If it is in doubt, what it may have stored is ended: nobody runs it. */
  async orSettled(start: Promise<JobExecution>): Promise<JobExecution> {
    try {
      return await start
    } catch (error) {
      if (error instanceof StartInDoubtError) {
        const { lease } = error
        const store = async (): Promise<void> => this.#settings.repository.settleStart?.(lease)
        const fields = { jobExecutionId: lease.jobExecutionId }
        this.#tryIn(FIRST_DELAY, { store, fields, what: 'the end of a start in doubt' })
      }
      throw error
    }
  }

  /** Gives up: with the operator's registration its leases end, and the executions can be taken over. */
  close(): void {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #tryIn(delay: number, unstored: Unstored): void {
    if (this.#closed) return
    const timer = this.#settings.clock.after(delay, () => {
      this.#timers.delete(timer)
      void this.#try(delay, unstored)
    })
    this.#timers.add(timer)
  }

  async #try(delay: number, unstored: Unstored): Promise<void> {
    const { logger } = this.#settings
    const { store, fields, what } = unstored
    try {
      await store()
      logger.info(fields, `${what} is stored at last`)
    } catch (error) {
      if (error instanceof OwnershipLostError) {
        logger.info(fields, `${what} is not stored any more: it was taken over`)
        return
      }
      logger.warn({ ...fields, error }, `${what} could not be stored: it is tried again`)
      this.#tryIn(Math.min(delay * 2, LONGEST_DELAY), unstored)
    }
  }
}
