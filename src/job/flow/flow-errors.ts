import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** A place of a flow ended with an exit code that none of its patterns matches, and has no next. */
export class NoTransitionError extends BatchError {
  static readonly code = 'BATCH_NO_TRANSITION'
  /** The step, decision, split or flow. */
  readonly place: string
  readonly exitCode: string
  readonly patterns: readonly string[]

  constructor(place: string, exitCode: string, patterns: readonly string[]) {
    super(
      `${quote(place)} ended with the exit code ${quote(exitCode)}, and nothing follows it there: its patterns are ` +
        `${patterns.map((pattern) => quote(pattern)).join(', ')}. Add one that matches, or a next`,
    )
    this.place = place
    this.exitCode = exitCode
    this.patterns = patterns
  }
}

/** A decider gave something that is no name. */
export class DecisionError extends BatchError {
  static readonly code = 'BATCH_DECISION'
  readonly decision: string
  readonly value: unknown

  constructor(decision: string, value: unknown) {
    super(`the decision ${quote(decision)} gave ${quote(value)}; it must give a name that its transitions match`)
    this.decision = decision
    this.value = value
  }
}
