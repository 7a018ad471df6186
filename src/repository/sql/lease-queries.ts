import { sql, type SqlText } from '../../sql/sql-text.js'
import type { LeasePage } from '../job-repository.js'
import type { HeldExecution, LeaseState } from '../lease.js'
import { pageBounds } from '../page-bounds.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { readSnapshot } from './sql-work.js'

/** Who holds which instances, by their ids. */
export async function listLeases(
  store: SqlStore,
  { after = 0, limit }: LeasePage = {},
): Promise<readonly LeaseState[]> {
  const bounds = pageBounds(limit === undefined ? {} : { limit })
  const where = sql`WHERE L.JOB_INSTANCE_ID > ${after} ORDER BY L.JOB_INSTANCE_ID LIMIT ${bounds.limit}`
  const answer = await readSnapshot(store, (work) => work.queue(selectLeases(store, where)))
  return answer.rows.map((row) => readLease(new RowReader(row)))
}

/** Leases with what their owners show: read them with {@link readLease}. The row aliases are L (lease), O (owner). */
export function selectLeases({ tables, dialect, sessions }: SqlStore, where: SqlText): SqlText {
  return sql`SELECT L.OWNER_ID, L.JOB_INSTANCE_ID, L.JOB_EXECUTION_ID,
      O.OWNER_ID IS NULL OR O.EXPIRES_AT <= ${dialect.now},
      O.LOCK_KEY IS NOT NULL, ${sessions.isFree(sql`O.LOCK_KEY`)}, ${dialect.timestampText(sql`O.RENEWED_AT`)}
    FROM ${tables.lease} L LEFT JOIN ${tables.owner} O ON O.OWNER_ID = L.OWNER_ID ${where}`
}

/** A row of {@link selectLeases}. */
export function readLease(reader: RowReader): LeaseState {
  const ownerId = reader.text() ?? ''
  const jobInstanceId = reader.integer('JOB_INSTANCE_ID')
  const jobExecutionId = reader.integer('JOB_EXECUTION_ID')
  const expired = reader.boolean()
  const locked = reader.boolean()
  const free = reader.boolean()
  const renewedAt = reader.text() ?? ''
  return { ownerId, jobInstanceId, jobExecutionId, expired, sessionGone: locked ? free : undefined, renewedAt }
}

/** What an owner holds: read it with {@link readHeld}. */
export function selectHeld({ tables }: SqlStore, ownerId: string): SqlText {
  return sql`SELECT L.JOB_INSTANCE_ID, L.JOB_EXECUTION_ID, E.STATUS
    FROM ${tables.lease} L JOIN ${tables.jobExecution} E ON E.JOB_EXECUTION_ID = L.JOB_EXECUTION_ID
    WHERE L.OWNER_ID = ${ownerId}`
}

/** A row of {@link selectHeld}. */
export function readHeld(reader: RowReader): HeldExecution {
  return {
    jobInstanceId: reader.integer('JOB_INSTANCE_ID'),
    jobExecutionId: reader.integer('JOB_EXECUTION_ID'),
    stopRequested: reader.text() === 'STOPPING',
  }
}
