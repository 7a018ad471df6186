import type { StepContext } from '../../domain/step-context.js'
import type { RetryInfo } from '../../listener/fault-listener.js'
import type { Notify } from '../../listener/notify.js'
import { tellFailure } from '../../listener/report-failure.js'
import { type Clock, nextTurn, sleep } from '../../support/clock.js'
import { warnRarely } from '../../support/rare-warning.js'
import { backoffDelay } from '../../domain/backoff.js'
import { judge } from './judge.js'
import { type RetryPolicy, TRANSIENT_RETRY } from './retry-policy.js'

/** What {@link Attempts} need of the step they are made in. */
export interface AttemptsOptions {
  readonly policy: RetryPolicy | undefined
  readonly phase: RetryInfo['phase']
  readonly context: StepContext<unknown>
  readonly clock: Clock
  readonly onRetry: Notify<[error: unknown, retry: RetryInfo, context: StepContext<unknown>]>
}

/** The attempts at one piece of work. Those that the policy and those that the database made fail are counted apart. */
export class Attempts {
  readonly #options: AttemptsOptions
  #byPolicy = 0
  #transient = 0

  constructor(options: AttemptsOptions) {
    this.#options = options
  }

  /**
   * After a failed attempt: resolves with true when it is time for the next one, with false when there is none. Rejects
   * when the step is over while it waits.
   */
  async another(error: unknown, isTransient = false): Promise<boolean> {
    const delay = judge(error, () => this.#nextDelay(error, isTransient))
    if (delay === undefined) return false
    const { phase, context, clock, onRetry } = this.#options
    const retry = { phase, attempt: this.#byPolicy + this.#transient, delay }
    const fields = { error, step: context.stepExecution.stepName, ...retry }
    warnRarely({ clock, logger: context.logger }, fields, `a failed ${phase} is tried again`)
    await tellFailure(error, onRetry && (() => onRetry(error, retry, context)))
    await this.#wait(delay)
    return true
  }

  /** Without a delay, items that failed together are tried again together: timers would tear them apart. */
  async #wait(delay: number): Promise<void> {
    const { context, clock } = this.#options
    if (delay > 0) return sleep(clock, delay, context.signal)
    await nextTurn()
    context.signal.throwIfAborted()
  }

  /** How long to wait for the next attempt; `undefined` when there is none. */
  #nextDelay(error: unknown, isTransient: boolean): number | undefined {
    const { policy } = this.#options
    if (policy?.shouldRetry(error, this.#byPolicy + 1) === true) return policy.delay(++this.#byPolicy)
    if (!isTransient || this.#transient + 1 >= TRANSIENT_RETRY.maxAttempts) return undefined
    return backoffDelay(TRANSIENT_RETRY.backoff, ++this.#transient)
  }
}
