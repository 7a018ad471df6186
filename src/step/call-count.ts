import { type ExecutionContext, putReserved, type ReadonlyExecutionContext } from '../domain/execution-context.js'

/** In a tasklet step's context: how many calls have committed. */
export const CALLS = 'chunkwise.calls'

/** How many calls of its tasklet a step has committed, over all executions until it completes. */
export function callsOf(context: ReadonlyExecutionContext): number {
  return context.get<number>(CALLS) ?? 0
}

/** Puts the number into the context that is stored with a call. */
export function putCalls(context: ExecutionContext, calls: number): void {
  putReserved(context, CALLS, calls)
}
