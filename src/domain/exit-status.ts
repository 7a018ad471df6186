import { OptionCheck } from './check-option.js'
import { describeError } from './describe-error.js'

const SEVERITY = ['EXECUTING', 'COMPLETED', 'NOOP', 'STOPPED', 'FAILED', 'UNKNOWN'] as const
const JOINT = '; '

/**
 * How a step or job ended, for those who route on it: a code, which may be one's own, and a description. Immutable: each
 * method that changes something gives a new status.
 */
export class ExitStatus {
  /** Not known: it never ended, or nobody could see how. */
  static readonly UNKNOWN: ExitStatus = new ExitStatus('UNKNOWN')
  /** Still at work. */
  static readonly EXECUTING: ExitStatus = new ExitStatus('EXECUTING')
  /** Ended well. */
  static readonly COMPLETED: ExitStatus = new ExitStatus('COMPLETED')
  /** Ended well, with nothing to do. */
  static readonly NOOP: ExitStatus = new ExitStatus('NOOP')
  /** Ended because it was asked to stop. */
  static readonly STOPPED: ExitStatus = new ExitStatus('STOPPED')
  /** Ended with an error. */
  static readonly FAILED: ExitStatus = new ExitStatus('FAILED')

  /** The code that transitions match, e.g. `COMPLETED` or `COMPLETED WITH SKIPS`. */
  readonly exitCode: string
  /** Words for people; empty by default. */
  readonly exitDescription: string

  /** Throws `InvalidOptionError` for an empty code. */
  constructor(exitCode: string, exitDescription = '') {
    const check = new OptionCheck('ExitStatus')
    this.exitCode = check.text('exitCode', exitCode)
    this.exitDescription = check.text('exitDescription', exitDescription, 0)
    Object.freeze(this)
  }

  /** The more severe code of both, with both descriptions. */
  and(other: ExitStatus): ExitStatus {
    const joined = this.withDescription(other.exitDescription)
    return this.compareTo(other) < 0 ? joined.withExitCode(other.exitCode) : joined
  }

  /** Appends a text, or an error with its causes. A description that is already part of this one is not joined again. */
  withDescription(description: unknown): ExitStatus {
    const added = typeof description === 'string' ? description : describeError(description)
    const joined = join(this.exitDescription, added)
    return joined === this.exitDescription ? this : new ExitStatus(this.exitCode, joined)
  }

  /** The same description under another code. */
  withExitCode(exitCode: string): ExitStatus {
    return exitCode === this.exitCode ? this : new ExitStatus(exitCode, this.exitDescription)
  }

  /**
   * Negative, 0 or positive as this status is less, equally or more severe. Severity goes by prefix: EXECUTING <
   * COMPLETED < NOOP < STOPPED < FAILED < UNKNOWN < any other code; among equals the greater code is the more severe.
   */
  compareTo(other: ExitStatus): number {
    const difference = severity(this.exitCode) - severity(other.exitCode)
    if (difference !== 0) return difference
    if (this.exitCode === other.exitCode) return 0
    return this.exitCode < other.exitCode ? -1 : 1
  }

  /** EXECUTING or UNKNOWN: it may not have ended yet. */
  isRunning(): boolean {
    return this.exitCode === 'EXECUTING' || this.exitCode === 'UNKNOWN'
  }

  /** The code, and the description where there is one. */
  toString(): string {
    return this.exitDescription === '' ? this.exitCode : `${this.exitCode}: ${this.exitDescription}`
  }
}

function severity(exitCode: string): number {
  const index = SEVERITY.findIndex((prefix) => exitCode.startsWith(prefix))
  return index === -1 ? SEVERITY.length : index
}

function join(current: string, added: string): string {
  if (added.trim() === '' || isPartOf(added, current)) return current
  if (current.trim() === '' || isPartOf(current, added)) return added
  return current + JOINT + added
}

/** Only whole parts count: "lost" is not part of "owner lost". */
function isPartOf(part: string, whole: string): boolean {
  return (JOINT + whole + JOINT).includes(JOINT + part + JOINT)
}
