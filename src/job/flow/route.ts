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
}

/** How what stands at a place ended. */
export interface PlaceResult extends FlowEnd {
  /** Whether a step failed in an earlier execution and the flow went on behind it. */
  readonly abandoned?: boolean
}

/** Where a flow goes on; `'own'`: nowhere, it ends as the place did. */
export function route(place: FlowPlace, { status, exitStatus }: PlaceResult): FlowTarget | 'own' {
  const match = place.transitions.find(({ pattern }) => matchesExitCode(pattern, exitStatus.exitCode))
  if (match !== undefined) return match.target
  if (status === 'COMPLETED' && place.next !== undefined) return { kind: 'to', name: place.next }
  return 'own'
}

/** How a flow ends at a place behind which nothing comes: as the place did, unless something should have come. */
export function ownEnd(place: FlowPlace, { status, exitStatus, failures, abandoned }: PlaceResult): StepEnd {
  if (place.transitions.length > 0 && place.next === undefined) {
    const patterns = place.transitions.map(({ pattern }) => pattern.text)
    const error = new NoTransitionError(place.element.name, exitStatus.exitCode, patterns)
    const described = ExitStatus.FAILED.withDescription(exitStatus.exitDescription).withDescription(error)
    return { status: 'FAILED', exitStatus: described, failures: [...failures, error] }
  }
  return { status, exitStatus: abandoned === true ? ExitStatus.COMPLETED : exitStatus, failures }
}
