import { type ExecutionContext, putReserved, type ReadonlyExecutionContext } from '../domain/execution-context.js'
import { markPass, passOf } from './step-passes.js'

/** In a step's context: which run it belongs to, where it had completed before and was run again. */
const RUN = 'chunkwise.run'

/**
 * What the idempotency keys of a step of a job instance begin with. A later pass of a loop, and another run of a step that
 * had completed, have keys of their own, for they are new effects: `1:load:`, `1:load#2:`, `1:load~2:`.
 */
export function stepKeyPrefix(jobInstanceId: number, stepName: string, context: ReadonlyExecutionContext): string {
  const pass = passOf(context)
  const run = runOf(context)
  const inPass = pass === 1 ? '' : `#${pass}`
  const inRun = run === 1 ? '' : `~${run}`
  return `${jobInstanceId}:${encoded(stepName)}${inPass}${inRun}:`
}

/** Marks the new context of a step that is run again though it has completed. */
export function markNextRun(context: ExecutionContext, completed: ReadonlyExecutionContext): void {
  putReserved(context, RUN, runOf(completed) + 1)
}

/** Marks the context of a partition as one of the pass and the run of its step: its keys are of them. */
export function markAsPartOf(context: ExecutionContext, ofStep: ReadonlyExecutionContext): void {
  markPass(context, passOf(ofStep))
  const run = runOf(ofStep)
  if (run > 1) putReserved(context, RUN, run)
}

function runOf(context: ReadonlyExecutionContext): number {
  return context.get<number>(RUN) ?? 1
}

/** So that a key is that of one step only: what stands behind the second colon may hold any character. */
function encoded(stepName: string): string {
  return stepName.replace(/[%:#]/g, encodeURIComponent).replaceAll('~', '%7E')
}
