import { type ExecutionContext, putReserved, type ReadonlyExecutionContext } from '../domain/execution-context.js'
import type { ParentLink } from '../step/step-scene.js'

/** In the context of a job that a step of another has started: whose it is. */
const PARENT = 'chunkwise.parent'

/** Marks a job's context as that of a job which a step has started. Stored with the first end of one of its steps. */
export function linkToParent(context: ExecutionContext, { jobInstanceId, stepName, pass }: ParentLink): void {
  putReserved(context, PARENT, { jobInstanceId, stepName, pass })
}

/** The step that has started a job, or `undefined`. */
export function parentOf(context: ReadonlyExecutionContext): ParentLink | undefined {
  return context.get<ParentLink>(PARENT)
}

/** Whether two links name the same pass of the same step of the same instance. */
export function isSameParent(a: ParentLink | undefined, b: ParentLink): boolean {
  return a?.jobInstanceId === b.jobInstanceId && a.stepName === b.stepName && a.pass === b.pass
}
