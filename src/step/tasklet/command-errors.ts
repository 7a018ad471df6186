import { BatchError } from '../../domain/batch-error.js'
import { quote } from '../../support/quote.js'

/** How a program has ended badly. */
export interface CommandFailure {
  /** The program, without its arguments: those may be secret. */
  readonly command: string
  /** `undefined` where a signal has ended it. */
  readonly exitCode: number | undefined
  /** The name of the signal that has ended it, if one has. */
  readonly signal: string | undefined
  /** The time limit in milliseconds that it has passed, if it was ended for that. */
  readonly timeout: number | undefined
  /** The last lines of its output, of both streams as they came. */
  readonly output: readonly string[]
}

/** So much of the output stands in the message: what is stored of an error has 2,500 characters. */
const MESSAGE_TAIL = 2_000

/**
 * A program has ended with an exit code that `exitCodes` does not name, by a signal, or at its time limit. The message has
 * the end of its output.
 */
export class CommandFailedError extends BatchError {
  static readonly code = 'BATCH_COMMAND_FAILED'
  readonly command: string
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly timeout: number | undefined
  readonly output: readonly string[]

  constructor(failure: CommandFailure) {
    const { command, output } = failure
    const tail = lastCharacters(output, MESSAGE_TAIL)
    const said = tail === '' ? 'it has printed nothing' : `the end of its output is:\n${tail}`
    super(`command ${quote(command)} ${howItEnded(failure)}; ${said}`)
    this.command = command
    this.exitCode = failure.exitCode
    this.signal = failure.signal
    this.timeout = failure.timeout
    this.output = output
  }
}

/** A program could not be started: it is not there, it is no program, or its working directory is not there. */
export class CommandStartError extends BatchError {
  static readonly code = 'BATCH_COMMAND_NOT_STARTED'
  readonly command: string
  /** The working directory, if one was given. */
  readonly cwd: string | undefined

  constructor(command: string, cwd: string | undefined, reason: string, options?: { readonly cause?: unknown }) {
    super(`command ${quote(command)} could not be started: ${reason}`, options)
    this.command = command
    this.cwd = cwd
  }
}

function howItEnded({ exitCode, signal, timeout }: CommandFailure): string {
  const end = signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`
  return timeout === undefined
    ? `ended with ${end}`
    : `took longer than its timeout of ${timeout} ms and was ended (${end})`
}

/** The end of a text of lines, at most `limit` characters. */
export function lastCharacters(lines: readonly string[], limit: number): string {
  const text = lines.join('\n')
  return text.length <= limit ? text : text.slice(-limit).replace(/^[\uDC00-\uDFFF]/, '')
}
