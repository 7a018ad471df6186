import { ExecutionContext } from '../domain/execution-context.js'
import type { StepContext } from '../domain/step-context.js'
import { newStepExecution } from '../domain/step-execution.js'
import { silentLogger } from '../support/logger.js'

/**
 * The context that a reader, processor or writer is handed, for calling one directly in a test. Everything has a harmless
 * value unless given.
 */
export function testStepContext<P = Record<never, never>>(given: Partial<StepContext<P>> = {}): StepContext<P> {
  const executionContext = new ExecutionContext()
  return {
    parameters: {} as P,
    stepExecution: newStepExecution({
      id: 1,
      jobExecutionId: 1,
      jobInstanceId: 1,
      stepName: 'test',
      executionContext,
      createTime: new Date(0),
    }),
    executionContext,
    jobExecutionContext: new ExecutionContext(),
    signal: new AbortController().signal,
    logger: silentLogger,
    ...given,
  }
}
