/**
 * What the database shows as the name of a transaction of this owner (`application_name` on PostgreSQL, a lock on MySQL). A
 * takeover finds and ends the transactions of a dead owner by it: give it to `TransactionManager.begin`; those of the
 * repository's own have it.
 */
export function transactionLabel(ownerId: string): string {
  return `chunkwise:${ownerId}`
}

/** What the database shows as the name of the session that shows the owner alive. */
export function sessionLabel(ownerId: string): string {
  return `chunkwise owner ${ownerId}`
}
