import type { BatchStatus } from '../domain/batch-status.js'
import type { ExitStatus } from '../domain/exit-status.js'

/** The exit message of what a takeover has ended. */
export const OWNER_LOST = 'owner lost'

/** Whether an execution was ended by a takeover: its process died, or was cut off for too long. */
export function isOwnerLost(execution: { readonly status: BatchStatus; readonly exitStatus: ExitStatus }): boolean {
  return execution.status === 'FAILED' && execution.exitStatus.exitDescription === OWNER_LOST
}
