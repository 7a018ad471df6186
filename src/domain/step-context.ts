import type { Logger } from '../support/logger.js'
import type { ReadonlyExecutionContext } from './execution-context.js'
import type { StepExecution } from './step-execution.js'

/** The values of the parameters of a job that declares none. */
export type NoParameters = Record<never, never>

/** What every piece of user code in a step is handed. */
export interface StepContext<P = NoParameters> {
  /** The job's parameters as values, typed by the job's declaration. */
  readonly parameters: P
  readonly stepExecution: StepExecution
  /** The step's context, read-only here: only the transaction of a chunk or a call changes it. */
  readonly executionContext: ReadonlyExecutionContext
  /** The job's context, as it was stored last: what earlier steps have promoted. */
  readonly jobExecutionContext: ReadonlyExecutionContext
  /** Aborted when the step is to stop or has lost its ownership. Hand it to whatever waits. */
  readonly signal: AbortSignal
  readonly logger: Logger
}
