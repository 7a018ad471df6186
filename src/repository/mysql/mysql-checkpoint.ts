import { mysqlDialect } from '../../sql/mysql/mysql-dialect.js'
import type { SqlStatement } from '../../sql/sql-connection.js'
import { sql, type SqlText, toStatement } from '../../sql/sql-text.js'
import { systemClock } from '../../support/clock.js'
import type { Lease } from '../lease.js'
import type { RangeRecord } from '../range-ledger.js'
import { rangeColumns, rangeValues } from '../sql/range-columns.js'
import type { CheckpointRow } from '../sql/sql-store.js'
import type { SqlTables } from '../sql/sql-tables.js'
import { setContext, setCounts } from '../sql/step-columns.js'

/** How often, in milliseconds, the chunks of an execution ask whether a stop is wanted: for most it is a statement more. */
const ASK_EVERY = 50

/**
 * A chunk's statements besides its writes. The protocol has no pipeline, so that each statement is a turn of the network: the
 * lease is checked by the very statement that writes, and the job's status is not read for every chunk.
 */
export class MysqlCheckpoints {
  readonly #tables: SqlTables
  /** When the chunks of a lease asked last. */
  readonly #asked = new WeakMap<Lease, number>()

  constructor(tables: SqlTables) {
    this.#tables = tables
  }

  /**
   * Context, step and lease in one statement. In an update of several tables the server locks the rows of those that it
   * only reads, in every isolation: a takeover waits for the chunk, or the chunk finds that the lease is another's. The context
   * comes first: what is not written where the join begins goes through a temporary table, on disk where a column is a
   * LONGTEXT.
   */
  checkpoint({ stepExecutionId, version, row, lease }: CheckpointRow): readonly SqlStatement[] {
    const { stepContext, stepExecution, lease: leases } = this.#tables
    const update = sql`UPDATE ${stepContext} C
      STRAIGHT_JOIN ${stepExecution} S ON S.STEP_EXECUTION_ID = C.STEP_EXECUTION_ID
      STRAIGHT_JOIN ${leases} L ON ${isHeld(lease)}
      SET VERSION = VERSION + 1, LAST_UPDATED = ${mysqlDialect.now}, ${setCounts(row.counts)}, ${setContext(row.context)}
      WHERE C.STEP_EXECUTION_ID = ${stepExecutionId} AND S.VERSION = ${version} AND S.STATUS = 'STARTED'`
    return [...this.#askForStop(lease), mysqlDialect.requireRow(update)]
  }

  /** A chunk's range, inserted from the lease's row, which is locked. */
  range(record: RangeRecord, lease: Lease): readonly SqlStatement[] {
    const { stepRange, lease: leases } = this.#tables
    const insert = sql`INSERT INTO ${stepRange} (${rangeColumns})
      SELECT ${rangeValues(record, lease, mysqlDialect.now)} FROM ${leases} L WHERE ${isHeld(lease)}
      ${mysqlDialect.forKeyShare}`
    return [...this.#askForStop(lease), mysqlDialect.requireRow(insert)]
  }

  /** The job's status is read without a lock: who asks for a stop does not wait for chunks. */
  #askForStop(lease: Lease): readonly SqlStatement[] {
    const now = systemClock.monotonic()
    const asked = this.#asked.get(lease)
    if (asked !== undefined && now - asked < ASK_EVERY) return []
    this.#asked.set(lease, now)
    const status = sql`SELECT STATUS FROM ${this.#tables.jobExecution} WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId}`
    return [toStatement(status, mysqlDialect.placeholder)]
  }
}

function isHeld(lease: Lease): SqlText {
  return sql`L.JOB_INSTANCE_ID = ${lease.jobInstanceId} AND L.OWNER_ID = ${lease.ownerId}
    AND L.JOB_EXECUTION_ID = ${lease.jobExecutionId}`
}
