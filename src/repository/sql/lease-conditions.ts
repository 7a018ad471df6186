import { OwnershipLostError } from '../../domain/ownership-errors.js'
import { sql, type SqlText } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import type { SqlStore } from './sql-store.js'

/** The statuses of work that goes on. */
export const RUNNING: SqlText = sql`('STARTING', 'STARTED', 'STOPPING')`

/** Finds the lease's row if it still names this owner and execution. */
export function selectLease({ tables }: Pick<SqlStore, 'tables'>, lease: Lease): SqlText {
  return sql`SELECT 1 FROM ${tables.lease} WHERE JOB_INSTANCE_ID = ${lease.jobInstanceId}
    AND OWNER_ID = ${lease.ownerId} AND JOB_EXECUTION_ID = ${lease.jobExecutionId}`
}

/**
 * Finds the lease and keeps it from being given up until the transaction ends. A takeover may rewrite the row
 * meanwhile, but then waits for this transaction before it goes on.
 */
export function holdLease(store: Pick<SqlStore, 'tables' | 'dialect'>, lease: Lease): SqlText {
  return sql`${selectLease(store, lease)} ${store.dialect.forKeyShare}`
}

/** The error for a lease that is no longer there. */
export function leaseLost(lease: Lease): () => OwnershipLostError {
  return () => new OwnershipLostError(lease, 'its lease was taken over or has ended')
}
