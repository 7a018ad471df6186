/**
 * The right to write for a job instance: who owns it and for which execution. The pair is never used again once it is
 * gone, so it is the fencing token that every write of a running job carries.
 */
export interface Lease {
  readonly ownerId: string
  readonly jobInstanceId: number
  readonly jobExecutionId: number
}

/** What can be seen of somebody's lease, to decide on a takeover. */
export interface LeaseState extends Lease {
  /** Whether the owner's time is over, on the store's clock. */
  readonly expired: boolean
  /**
   * Whether the owner's session is gone: `true` when the lock it holds is free, `false` when it is held, `undefined`
   * when the owner has no such lock, so that expiry alone decides.
   */
  readonly sessionGone: boolean | undefined
  /** When the owner last renewed, as the store wrote it. To compare, never to interpret. */
  readonly renewedAt: string
}

/** How an owner introduces itself. */
export interface OwnerRequest {
  /** A fresh id for this process and operator, never used before. */
  readonly ownerId: string
  /** Milliseconds for which a renewal is good. */
  readonly leaseDuration: number
  /** Called when the session that shows the owner alive has broken: the owner should renew at once. */
  readonly onSessionLost: () => void
}

/** An execution that an owner holds, as the store sees it. */
export interface HeldExecution {
  readonly jobInstanceId: number
  readonly jobExecutionId: number
  /** Whether somebody asked it to stop. */
  readonly stopRequested: boolean
}

/** An owner that is registered with the store. */
export interface OwnerSession {
  readonly ownerId: string
  /** Whether a session lock shows the owner alive; without one the lease alone decides. */
  readonly sessionLock: boolean
  /**
   * Extends the owner's time from now, on the store's clock. Opens the session and takes its lock again if they are
   * gone. Rejects when the store cannot be reached.
   */
  renew(): Promise<void>
  /**
   * The executions whose leases name this owner: one that is missing was taken over or has ended. One query, on the
   * session's own connection, so that it does not wait for one of a busy pool. Rejects when the store cannot be reached.
   */
  held(): Promise<readonly HeldExecution[]>
  /** Ends the registration. Leases still held become free for takeover at once. */
  close(): Promise<void>
}
