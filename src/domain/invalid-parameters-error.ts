import { quote } from '../support/quote.js'
import { BatchError } from './batch-error.js'

/** What is wrong with one parameter. */
export interface ParameterProblem {
  /** The parameter's name, as it was given; empty where the problem is one of several parameters together. */
  readonly name: string
  /** Its value as it was given, or `undefined` where it is missing. A secret's is `'***'`. */
  readonly value: unknown
  /** What would be right, as a phrase after the name, `must be a valid Date`; where the name is empty, a whole sentence. */
  readonly message: string
}

/** The parameters handed to a job are not those it declares. Nothing was written. All problems are in `problems`. */
export class InvalidParametersError extends BatchError {
  static readonly code = 'BATCH_INVALID_PARAMETERS'
  /** The job that was to start. */
  readonly jobName: string
  /** Every problem found, in the order of the job's declaration; names that are not declared come last. */
  readonly problems: readonly ParameterProblem[]

  constructor(jobName: string, problems: readonly ParameterProblem[]) {
    super(`the parameters of job ${quote(jobName)} are not valid: ${problems.map(sentence).join('; ')}`)
    this.jobName = jobName
    this.problems = problems
  }
}

function sentence({ name, value, message }: ParameterProblem): string {
  if (name === '') return message
  const given = value === undefined ? '' : `is ${quote(value)}, but `
  return `${quote(name)} ${given}${message}`
}
