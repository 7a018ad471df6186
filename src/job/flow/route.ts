import { matchesExitCode } from '../../domain/exit-code-pattern.js'
import { ExitStatus } from '../../domain/exit-status.js'
import type { StepExecution } from '../../domain/step-execution.js'
import type { StepEnd } from '../../step/step.js'
import { NoTransitionError } from './flow-errors.js'
import type { FlowPlace, FlowTarget } from './flow.js'

/** How a flow ended. */
export interface FlowEnd {
  readonly status: StepEnd['status']
  readonly exitStatus: ExitStatus
  readonly failures: readonly unknown[]
  /** Whether nothing was run: every result was there from earlier executions. */
  readonly reused: boolean
  /** The step that ended last. */
  readonly last: StepExecution | undefined
  /** Whether its failure was dealt with in an earlier execution: transitions still see it, and it is as good as done. */
  readonly abandoned?: boolean | undefined
}

/** How a flow says itself that it has ended. */
export type OwnEnd = StepEnd & Pick<FlowEnd, 'abandoned'>

/** Where a flow goes on; `'own'`: nowhere, it ends as the place did. */
export function route(place: FlowPlace, { status, exitStatus, abandoned }: FlowEnd): FlowTarget | 'own' {
  const match = place.transitions.find(({ pattern }) => matchesExitCode(pattern, exitStatus.exitCode))
  if (match !== undefined) return match.target
  if ((status === 'COMPLETED' || abandoned === true) && place.next !== undefined)
    return { kind: 'to', name: place.next }
  return 'own'
}

/** How a flow ends at a place behind which nothing comes: as the place did, unless something should have come. */
export function ownEnd(place: FlowPlace, { status, exitStatus, failures, abandoned }: FlowEnd): OwnEnd {
  if (place.transitions.length > 0 && place.next === undefined) {
    const patterns = place.transitions.map(({ pattern }) => pattern.text)
    const error = new NoTransitionError(place.element.name, exitStatus.exitCode, patterns)
    const described = ExitStatus.FAILED.withDescription(exitStatus.exitDescription).withDescription(error)
    return { status: 'FAILED', exitStatus: described, failures: [...failures, error] }
  }
  return { status, exitStatus, failures, abandoned }
}

/** How a flow ends that no other flow is around. */
export function outermostEnd(end: FlowEnd): FlowEnd {
  return end.abandoned === true ? { ...end, status: 'COMPLETED', exitStatus: ExitStatus.COMPLETED } : end
}
