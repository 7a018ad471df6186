import { ExecutionContext, putReserved, type ReadonlyExecutionContext } from '../domain/execution-context.js'

/** In a tasklet step's context: how many calls have committed. */
export const CALLS = 'chunkwise.calls'

/** How many calls of its tasklet a step has committed over all executions of the instance. */
export function callsOf(context: ReadonlyExecutionContext): number {
  return context.get<number>(CALLS) ?? 0
}

/** Puts the number into the context that is stored with a call. */
export function putCalls(context: ExecutionContext, calls: number): void {
  putReserved(context, CALLS, calls)
}

/**
 * The new context of a step that is run again though it has completed. Its calls are counted on, so that none has the
 * idempotency key of one before.
 */
export function contextAfterCompletion(completed: ReadonlyExecutionContext): ExecutionContext {
  const context = new ExecutionContext()
  const calls = callsOf(completed)
  if (calls > 0) putCalls(context, calls)
  return context
}
