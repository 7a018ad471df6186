import { BatchError } from '../../domain/batch-error.js'
import { ExitStatus } from '../../domain/exit-status.js'
import { quote } from '../../support/quote.js'

/** A call of a tasklet gave something that does not say how to go on. The call is rolled back. */
export class TaskletResultError extends BatchError {
  static readonly code = 'BATCH_TASKLET_RESULT'
  readonly stepName: string
  readonly result: unknown

  constructor(stepName: string, result: unknown, expected: string) {
    super(`the tasklet of step ${quote(stepName)} gave ${quote(shown(result))}: ${expected}`)
    this.stepName = stepName
    this.result = result
  }
}

/** How a step goes on after a call: with another one, or to its end with an exit status. */
export type Verdict = 'CONTINUABLE' | ExitStatus

/** What exit codes of a step that completes must not begin with. */
const UNSUCCESSFUL = ['EXECUTING', 'STOPPED', 'FAILED', 'UNKNOWN'] as const

/** The word of an unsuccessful end with which an exit code begins, if it does. */
export function unsuccessfulCode(exitCode: string): string | undefined {
  return UNSUCCESSFUL.find((word) => exitCode.startsWith(word))
}

/**
 * What the result of a call says.
 *
 * @throws TaskletResultError
 */
export function readResult(stepName: string, result: unknown): Verdict {
  if (result === undefined || result === null || result === 'FINISHED') return ExitStatus.COMPLETED
  if (result === 'CONTINUABLE') return result
  if (!(result instanceof ExitStatus)) {
    const expected = "give nothing or 'FINISHED' to end the step, 'CONTINUABLE' to be called again, or an ExitStatus"
    throw new TaskletResultError(stepName, result, expected)
  }
  const word = unsuccessfulCode(result.exitCode)
  if (word === undefined) return result
  throw new TaskletResultError(stepName, result, `a step does not end well with ${word}: throw an error to fail`)
}

function shown(result: unknown): unknown {
  return result instanceof ExitStatus ? result.exitCode : result
}
