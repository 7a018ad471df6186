import type { ExecutionContext, ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { StepContext } from '../domain/step-context.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Logger } from '../support/logger.js'

/** What one call of user code is handed: the step's context, with an execution context that it may change. */
export class StepCallContext implements StepContext<unknown> {
  readonly parameters: unknown
  readonly stepExecution: StepExecution
  readonly jobExecutionContext: ReadonlyExecutionContext
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly executionContext: ExecutionContext

  constructor(context: StepContext<unknown>, executionContext: ExecutionContext) {
    this.parameters = context.parameters
    this.stepExecution = context.stepExecution
    this.jobExecutionContext = context.jobExecutionContext
    this.signal = context.signal
    this.logger = context.logger
    this.executionContext = executionContext
  }
}
