import type { OwnershipLostError } from '../domain/ownership-errors.js'
import type { Lease } from '../repository/lease.js'

/** An execution of this operator. */
export interface Owned {
  readonly lease: Lease
  /** Ends the execution: nothing more of it may be written. */
  lose(error: OwnershipLostError): void
  /** Asks it to stop, in this process. */
  requestStop(): void
}
