import { sql, type SqlText, toStatement } from '../../sql/sql-text.js'
import { withConnection } from '../../sql/sql-connection.js'
import { SqlError } from '../../sql/sql-error.js'
import { sleep, systemClock } from '../../support/clock.js'
import type { Lease, LeaseState } from '../lease.js'
import { sessionLabel, transactionLabel } from '../owner-labels.js'
import { OWNER_LOST } from '../owner-lost.js'
import { queueLedgerCounts } from './ledger-counts.js'
import { RUNNING, selectLease } from './lease-conditions.js'
import { readLease, selectLeases } from './lease-queries.js'
import { queueNeverBegan } from './partition-writer.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { NO_OWNER, readLocked, transact, untilKnown } from './sql-work.js'

/** An owner that holds nothing and has not renewed for so long is forgotten. */
const FORGET_AFTER = 3_600_000
/** How often, and how far apart in milliseconds, a lease is tried that a chunk of a dead owner holds. */
const HOLD_ATTEMPTS = 10
const HOLD_DELAY = 100

/** Finds leases and takes them from dead owners. */
export class LeaseTakeover {
  readonly #store: SqlStore

  constructor(store: SqlStore) {
    this.#store = store
  }

  async find(jobInstanceId: number): Promise<LeaseState | undefined> {
    const where = sql`WHERE L.JOB_INSTANCE_ID = ${jobInstanceId}`
    const answer = await readLocked(this.#store, NO_OWNER, (work) => work.queue(selectLeases(this.#store, where)))
    const [row] = answer.rows
    return row === undefined ? undefined : readLease(new RowReader(row))
  }

  async takeOver(observed: LeaseState, ownerId: string): Promise<boolean> {
    const { jobInstanceId, jobExecutionId } = observed
    const lease = { ownerId, jobInstanceId, jobExecutionId }
    const isTaken = await untilKnown(
      () => this.#rewriteAtLast(observed, ownerId),
      () => this.#isTrue(selectLease(this.#store, lease), ownerId),
    )
    if (!isTaken) return false
    // From here on no write of the old owner passes; those under way are ended, or waited for.
    if (observed.ownerId !== ownerId) await this.#endSessions(observed.ownerId)
    return this.end(lease, OWNER_LOST)
  }

  /** Removes owners that nobody misses. */
  async forgetOwners(): Promise<void> {
    const { tables, dialect } = this.#store
    const forgotten = sql`EXPIRES_AT < ${dialect.plusMilliseconds(dialect.now, -FORGET_AFTER)}`
    await transact(this.#store, NO_OWNER, async (work) => {
      // Locked first: a start by one of them has its lease seen by the second statement, or is skipped here. Not those that
      // hold something: their takeover would wait for this.
      const rows = await work.rows(
        sql`SELECT O.OWNER_ID FROM ${tables.owner} O WHERE ${forgotten}
          AND NOT EXISTS (SELECT 1 FROM ${tables.lease} L WHERE L.OWNER_ID = O.OWNER_ID)
          ${dialect.forUpdate} ${dialect.skipLocked}`,
      )
      for (const [ownerId = null] of rows) {
        work.queue(sql`DELETE FROM ${tables.owner} WHERE OWNER_ID = ${ownerId}
          AND NOT EXISTS (SELECT 1 FROM ${tables.lease} WHERE OWNER_ID = ${ownerId})`)
      }
    })
  }

  /**
   * Who keeps others from writing the lease or the owner's row is given a moment to commit: a chunk on MySQL, the end of the
   * job on both. One that does not, of a frozen process say, is ended first.
   */
  async #rewriteAtLast(observed: LeaseState, ownerId: string): Promise<boolean> {
    for (let attempt = 1; attempt <= HOLD_ATTEMPTS; attempt++) {
      if (attempt > 1) await sleep(systemClock, HOLD_DELAY)
      try {
        return await this.#rewrite(observed, ownerId, { atOnce: true })
      } catch (error) {
        if (!(error instanceof SqlError) || error.kind !== 'lock-timeout') throw error
      }
    }
    if (await this.#isStill(observed)) await this.#endSessions(observed.ownerId)
    return this.#rewrite(observed, ownerId, { atOnce: false })
  }

  async #isStill({ jobInstanceId, jobExecutionId, ownerId, renewedAt }: LeaseState): Promise<boolean> {
    const now = await this.find(jobInstanceId)
    if (now?.ownerId !== ownerId || now.jobExecutionId !== jobExecutionId) return false
    return now.expired || now.renewedAt === renewedAt
  }

  /** The owner's row is locked first, so that a renewal is either seen here or comes too late. */
  async #rewrite(observed: LeaseState, ownerId: string, { atOnce }: { readonly atOnce: boolean }): Promise<boolean> {
    const { tables, dialect } = this.#store
    const old = sql`${tables.owner} WHERE OWNER_ID = ${observed.ownerId}`
    const lock = atOnce ? sql`${dialect.forChange} ${dialect.atOnce}` : dialect.forChange
    const answer = await transact(this.#store, ownerId, (work) => {
      work.queue(sql`SELECT 1 FROM ${old} ${lock}`)
      if (atOnce) {
        work.queue(sql`SELECT 1 FROM ${tables.lease} WHERE JOB_INSTANCE_ID = ${observed.jobInstanceId} ${lock}`)
      }
      return work.queue(sql`UPDATE ${tables.lease} SET OWNER_ID = ${ownerId}
        WHERE JOB_INSTANCE_ID = ${observed.jobInstanceId} AND OWNER_ID = ${observed.ownerId}
          AND JOB_EXECUTION_ID = ${observed.jobExecutionId}
          AND NOT EXISTS (SELECT 1 FROM ${old} AND EXPIRES_AT > ${dialect.now}
            AND ${dialect.timestampText(sql`RENEWED_AT`)} <> ${observed.renewedAt})`)
    })
    return answer.rowCount === 1
  }

  /** Whether a row is found, once no commit that changes it is under way; `undefined` if not. */
  async #isTrue(query: SqlText, ownerId: string): Promise<true | undefined> {
    const { forUpdate } = this.#store.dialect
    const found = await readLocked(this.#store, ownerId, (work) => work.queue(sql`${query} ${forUpdate}`))
    return found.rowCount > 0 ? true : undefined
  }

  /** Ends what the database lets this user end. The lock that follows waits for the rest, so no error matters here. */
  async #endSessions(ownerId: string): Promise<void> {
    const { database, dialect, sessions } = this.#store
    const labels = [transactionLabel(ownerId), sessionLabel(ownerId)]
    await withConnection(database, async (connection) => {
      const run = async (text: SqlText): Promise<readonly (readonly (string | null)[])[]> =>
        (await connection.run([toStatement(text, dialect.placeholder)]))[0]?.rows ?? []
      for (const [id = null] of await run(sessions.find(labels))) {
        if (id === null) continue
        await run(sessions.end(id)).catch(() => undefined)
      }
    }).catch(() => undefined)
  }

  /**
   * Marks an execution FAILED and frees its instance, even if the connection is lost meanwhile. Resolves to whether it was
   * there to be ended.
   */
  end(lease: Lease, why: string): Promise<boolean> {
    return untilKnown(
      () => this.#end(lease, why),
      () =>
        this.#isTrue(
          sql`SELECT 1 FROM ${this.#store.tables.jobExecution}
          WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId} AND EXIT_MESSAGE = ${why}`,
          lease.ownerId,
        ),
    )
  }

  /** The lock waits for commits that hold the lease; then the row must still name the one who has it. */
  async #end(lease: Lease, why: string): Promise<boolean> {
    const { tables, dialect } = this.#store
    const set = sql`SET VERSION = COALESCE(VERSION, 0) + 1, STATUS = 'FAILED', EXIT_CODE = 'FAILED',
      EXIT_MESSAGE = ${why}, END_TIME = ${dialect.now}, LAST_UPDATED = ${dialect.now}`
    const where = sql`WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId} AND STATUS IN ${RUNNING}
      AND EXISTS (${selectLease(this.#store, lease)})`
    const answer = await transact(this.#store, lease.ownerId, (work) => {
      work.queue(sql`${selectLease(this.#store, lease)} ${dialect.forUpdate}`)
      queueLedgerCounts(
        this.#store,
        work,
        sql`JOB_INSTANCE_ID = ${lease.jobInstanceId} AND EXISTS (${selectLease(this.#store, lease)})`,
      )
      queueNeverBegan(
        this.#store,
        work,
        sql`JOB_EXECUTION_ID = ${lease.jobExecutionId} AND EXISTS (${selectLease(this.#store, lease)})`,
      )
      work.queue(sql`UPDATE ${tables.stepExecution} ${set} ${where}`)
      work.queue(sql`UPDATE ${tables.jobExecution} ${set} ${where}`)
      return work.queue(sql`DELETE FROM ${tables.lease} WHERE JOB_INSTANCE_ID = ${lease.jobInstanceId}
        AND OWNER_ID = ${lease.ownerId} AND JOB_EXECUTION_ID = ${lease.jobExecutionId}`)
    })
    return answer.rowCount === 1
  }
}
