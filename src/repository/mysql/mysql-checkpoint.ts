import { mysqlDialect } from '../../sql/mysql/mysql-dialect.js'
import type { SqlStatement } from '../../sql/sql-connection.js'
import { joinSql, sql, type SqlText, toStatement } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import type { RangeRecord } from '../range-ledger.js'
import { rangeColumns, rangeValues } from '../sql/range-columns.js'
import type { CheckpointRow } from '../sql/sql-store.js'
import type { SqlTables } from '../sql/sql-tables.js'

/**
 * The checkpoint: the lease is locked and found, then step and context are written. Not by one statement: an update of two
 * tables goes through a temporary table, on disk where a column is a LONGTEXT.
 */
export function mysqlCheckpoint(
  tables: SqlTables,
  { stepExecutionId, version, row, lease }: CheckpointRow,
): readonly SqlStatement[] {
  const { counts, context } = row
  const set = joinSql([
    sql`VERSION = VERSION + 1, LAST_UPDATED = ${mysqlDialect.now}`,
    sql`COMMIT_COUNT = ${counts.commit}, READ_COUNT = ${counts.read}, FILTER_COUNT = ${counts.filter}`,
    sql`WRITE_COUNT = ${counts.write}, READ_SKIP_COUNT = ${counts.readSkip}`,
    sql`WRITE_SKIP_COUNT = ${counts.writeSkip}, PROCESS_SKIP_COUNT = ${counts.processSkip}`,
    sql`ROLLBACK_COUNT = ${counts.rollback}`,
  ])
  return [
    holdLeaseWithStatus(tables, lease),
    sql`UPDATE ${tables.stepExecution} SET ${set}
      WHERE STEP_EXECUTION_ID = ${stepExecutionId} AND VERSION = ${version} AND STATUS = 'STARTED'`,
    // What was stored may be the same: the row is found nevertheless.
    sql`UPDATE ${tables.stepContext} SET SHORT_CONTEXT = ${context.short}, SERIALIZED_CONTEXT = ${context.serialized}
      WHERE STEP_EXECUTION_ID = ${stepExecutionId}`,
  ].map((text) => mysqlDialect.requireRow(text))
}

/** A chunk's range: the lease is locked and found, then the range is inserted. */
export function mysqlRange(tables: SqlTables, record: RangeRecord, lease: Lease): readonly SqlStatement[] {
  const insert = sql`INSERT INTO ${tables.stepRange} (${rangeColumns})
    VALUES (${rangeValues(record, lease, mysqlDialect.now)})`
  return [mysqlDialect.requireRow(holdLeaseWithStatus(tables, lease)), toStatement(insert, mysqlDialect.placeholder)]
}

/** The job's status is read without a lock: who asks for a stop does not wait for chunks. */
function holdLeaseWithStatus(tables: SqlTables, lease: Lease): SqlText {
  return sql`SELECT (SELECT STATUS FROM ${tables.jobExecution} WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId})
    FROM ${tables.lease} WHERE JOB_INSTANCE_ID = ${lease.jobInstanceId} AND OWNER_ID = ${lease.ownerId}
      AND JOB_EXECUTION_ID = ${lease.jobExecutionId} ${mysqlDialect.forKeyShare}`
}
