import type { StepContext } from '../../domain/step-context.js'
import type { FaultListener, RetryInfo } from '../../listener/fault-listener.js'
import { notifier, type Notify } from '../../listener/notify.js'
import type { Clock } from '../../support/clock.js'
import { Attempts } from './attempts.js'
import { isFinal } from './final-error.js'
import { judge } from './judge.js'
import { type RetryOptions, type RetryPolicy, retryPolicy } from './retry-policy.js'
import { SkipAllowance } from './skip-allowance.js'
import type { SkipOptions, SkipPolicyOption } from './skip-policy.js'

/** The options of a step that say what it forgives. */
export interface FaultOptions {
  readonly retry?: RetryOptions | RetryPolicy
  readonly skip?: SkipOptions | SkipPolicyOption
}

/** What one step execution forgives: its policies, and what they have allowed so far. */
export class FaultTolerance {
  readonly #context: StepContext<unknown>
  readonly #clock: Clock
  readonly #retry: RetryPolicy | undefined
  readonly #allowance: SkipAllowance | undefined
  readonly #onRetry: Notify<[error: unknown, retry: RetryInfo, context: StepContext<unknown>]>

  constructor(
    context: StepContext<unknown>,
    clock: Clock,
    { retry, skip }: FaultOptions,
    listeners: readonly FaultListener[],
  ) {
    this.#context = context
    this.#clock = clock
    this.#retry = retry === undefined ? undefined : retryPolicy(retry)
    this.#allowance = skip === undefined ? undefined : new SkipAllowance(context.stepExecution.stepName, skip)
    this.#onRetry = notifier(listeners, 'onRetry')
  }

  /** Whether anything is retried or skipped because the step asks for it. */
  get forgives(): boolean {
    return this.#retry !== undefined || this.#allowance !== undefined
  }

  /** Whether anything may be skipped. */
  get skips(): boolean {
    return this.#allowance !== undefined
  }

  /** So many items more have been read. */
  itemsRead(count: number): void {
    this.#allowance?.itemsRead(count)
  }

  /** The attempts at a new piece of work, of which the first is not counted before it fails. */
  attempts(phase: RetryInfo['phase']): Attempts {
    return new Attempts({
      policy: this.#retry,
      phase,
      context: this.#context,
      clock: this.#clock,
      onRetry: this.#onRetry,
    })
  }

  /** Whether an error ends the step whatever its policies say. */
  isFinal(error: unknown): boolean {
    return isFinal(error, this.#context.signal)
  }

  /** Whether what failed with this error may be skipped, whatever has been skipped so far. */
  isSkippable(error: unknown): boolean {
    const allowance = this.#allowance
    if (allowance === undefined || this.isFinal(error)) return false
    return judge(error, () => allowance.isSkippable(error))
  }

  /**
   * Takes one skip, for an error that is skippable.
   *
   * @throws SkipLimitExceededError there is none left
   */
  claim(error: unknown): void {
    this.#allowance?.claim(error)
  }

  /** Gives back skips whose attempt was rolled back. */
  giveBack(count: number): void {
    this.#allowance?.giveBack(count)
  }
}
