import { assertBoolean, matcher } from './error-pattern.js'
import { SkipLimitExceededError } from './skip-errors.js'
import { isSkipPolicy, type SkipOptions, type SkipPolicyOption } from './skip-policy.js'

/**
 * What one step execution may still skip. All its chunks claim here, each skip at the moment it is decided, so that the
 * limit holds however many chunks run at once.
 */
export class SkipAllowance {
  readonly #stepName: string
  readonly #isSkippable: (error: unknown) => boolean
  readonly #limit: () => number
  #claimed = 0
  #read = 0

  constructor(stepName: string, skip: SkipOptions | SkipPolicyOption) {
    this.#stepName = stepName
    if (isSkipPolicy(skip)) {
      this.#limit = () => Infinity
      this.#isSkippable = (error) => assertBoolean('skip.shouldSkip', skip.shouldSkip(error, this.#claimed))
      return
    }
    const { limit } = skip
    this.#limit =
      typeof limit === 'number' ? () => limit : () => Math.max(limit.minimum, Math.floor(limit.ratio * this.#read))
    const isMeant = matcher('skip.on', skip.on)
    const isExempt = matcher('skip.notOn', skip.notOn ?? [])
    this.#isSkippable = (error) => isMeant(error) && !isExempt(error)
  }

  /** So many items more have been read: a ratio counts from them. */
  itemsRead(count: number): void {
    this.#read += count
  }

  /** Whether the error is one because of which to skip, whatever has been skipped. */
  isSkippable(error: unknown): boolean {
    return this.#isSkippable(error)
  }

  /**
   * Takes one skip out of the allowance, for an error that is skippable.
   *
   * @throws SkipLimitExceededError there is none left
   */
  claim(error: unknown): void {
    const limit = this.#limit()
    if (this.#claimed >= limit) throw new SkipLimitExceededError(this.#stepName, limit, this.#claimed + 1, error)
    this.#claimed++
  }

  /** Gives back what was claimed in an attempt that was rolled back. */
  giveBack(count: number): void {
    this.#claimed -= count
  }
}
