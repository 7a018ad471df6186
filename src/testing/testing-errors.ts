import { BatchError } from '../domain/batch-error.js'
import { describeError } from '../domain/describe-error.js'
import { quote } from '../support/quote.js'

/** Where the order of items begins to differ. */
export interface Misplaced {
  /** From 0. */
  readonly index: number
  readonly expected: unknown
  readonly actual: unknown
}

/** How items differ from those that are expected. */
export interface ItemDifference {
  /** Expected, and not there, or not as often. */
  readonly lost: readonly unknown[]
  /** There more often than expected: those that are too many. */
  readonly doubled: readonly unknown[]
  /** There, and not expected at all. */
  readonly unexpected: readonly unknown[]
  /** Where the order differs first, when all are there once; `undefined` when it does not, or may. */
  readonly misplaced: Misplaced | undefined
}

/** Items are not there as often as expected, or in another order. */
export class NotExactlyOnceError extends BatchError implements ItemDifference {
  static readonly code = 'BATCH_NOT_EXACTLY_ONCE'
  readonly lost: readonly unknown[]
  readonly doubled: readonly unknown[]
  readonly unexpected: readonly unknown[]
  readonly misplaced: Misplaced | undefined

  constructor(difference: ItemDifference) {
    super(describe(difference))
    this.lost = difference.lost
    this.doubled = difference.doubled
    this.unexpected = difference.unexpected
    this.misplaced = difference.misplaced
  }
}

/** A step that was killed and restarted has not done what it does when nothing happens to it. */
export class RestartTestError extends BatchError {
  static readonly code = 'BATCH_RESTART_TEST'
  /** Which run it is: `'died before the commit of chunk 3'`. */
  readonly run: string

  constructor(run: string, problem: string, options: { readonly cause?: unknown } = {}) {
    const { cause } = options
    super(`${run}: ${problem}${cause === undefined ? '' : `: ${describeError(cause)}`}`, options)
    this.run = run
  }
}

/** How many items a message shows. */
const SHOWN = 5

function describe({ lost, doubled, unexpected, misplaced }: ItemDifference): string {
  const parts = [listed(lost, 'lost'), listed(doubled, 'too many'), listed(unexpected, 'not expected')]
  if (misplaced !== undefined) {
    const { index, actual, expected } = misplaced
    parts.push(`all are there, in another order: at index ${index} is ${quote(actual)} instead of ${quote(expected)}`)
  }
  return parts.filter((part) => part !== undefined).join('; ')
}

function listed(items: readonly unknown[], what: string): string | undefined {
  if (items.length === 0) return undefined
  const shown = items.slice(0, SHOWN).map((item) => quote(item))
  const more = items.length > SHOWN ? `, and ${items.length - SHOWN} more` : ''
  return `${items.length} ${what}: ${shown.join(', ')}${more}`
}
