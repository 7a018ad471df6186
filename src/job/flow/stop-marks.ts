import type { ExecutionContext, ReadonlyExecutionContext } from '../../domain/execution-context.js'
import { putReserved } from '../../domain/execution-context.js'
import type { Pass } from '../../step/step-passes.js'
import type { StopMark } from '../../step/step-scene.js'

/** In the job's context: where its flows have stopped of their own, in all executions of the instance. */
const STOPS = 'chunkwise.stops'

/** Where a flow begins in this pass, if an earlier execution has stopped it with a place to restart at. */
export function restartPlace(context: ReadonlyExecutionContext, flow: string, flowPass: Pass): string | undefined {
  const marks = stopsIn(context).filter((mark) => mark.flow === flow && mark.flowPass === flowPass)
  return marks.findLast(({ restartAt }) => restartAt !== undefined)?.restartAt
}

/** Whether an earlier execution has stopped at this very place and pass, and a restart is to go on behind it. */
export function hasStoppedAt(context: ReadonlyExecutionContext, place: string, placePass: Pass): boolean {
  return stopsIn(context).some(
    (mark) => mark.place === place && mark.placePass === placePass && mark.restartAt === undefined,
  )
}

/** Remembers stops. In the transaction that stores STOPPED, not before: a crash on the way there is no stop. */
export function rememberStops(context: ExecutionContext, stops: readonly StopMark[]): void {
  if (stops.length === 0) return
  // A newer place to restart at stands for an older one.
  const kept = stopsIn(context).filter((old) => !stops.some((stop) => isSame(old, stop)))
  putReserved(context, STOPS, [...kept, ...stops].map(plain))
}

function stopsIn(context: ReadonlyExecutionContext): readonly StopMark[] {
  return context.get<readonly StopMark[]>(STOPS) ?? []
}

function isSame(old: StopMark, stop: StopMark): boolean {
  if (old.flow !== stop.flow || old.flowPass !== stop.flowPass) return false
  const [oldRestarts, restarts] = [old.restartAt !== undefined, stop.restartAt !== undefined]
  // A stop without a place to restart at leaves where the flow begins: what follows was counted from there.
  if (oldRestarts || restarts) return oldRestarts && restarts
  return old.place === stop.place && old.placePass === stop.placePass
}

/** A context keeps no `undefined`. */
function plain({ flow, flowPass, place, placePass, restartAt }: StopMark): object {
  return { flow, flowPass, place, placePass, ...(restartAt === undefined ? {} : { restartAt }) }
}
