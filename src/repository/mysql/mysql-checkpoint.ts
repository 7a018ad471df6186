import { mysqlDialect } from '../../sql/mysql/mysql-dialect.js'
import type { SqlStatement } from '../../sql/sql-connection.js'
import { joinSql, sql, type SqlText, toStatement } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import type { RangeRecord } from '../range-ledger.js'
import { rangeColumns, rangeValues } from '../sql/range-columns.js'
import type { CheckpointRow } from '../sql/sql-store.js'
import type { SqlTables } from '../sql/sql-tables.js'

/**
 * The checkpoint: the lease is locked and found, then context and step are written by one statement. The context comes
 * first: what is not written where the join begins goes through a temporary table, on disk where a column is a LONGTEXT.
 */
export function mysqlCheckpoint(
  tables: SqlTables,
  { stepExecutionId, version, row, lease }: CheckpointRow,
): readonly SqlStatement[] {
  const { counts, context } = row
  const set = joinSql([
    sql`S.VERSION = S.VERSION + 1, S.LAST_UPDATED = ${mysqlDialect.now}`,
    sql`S.COMMIT_COUNT = ${counts.commit}, S.READ_COUNT = ${counts.read}, S.FILTER_COUNT = ${counts.filter}`,
    sql`S.WRITE_COUNT = ${counts.write}, S.READ_SKIP_COUNT = ${counts.readSkip}`,
    sql`S.WRITE_SKIP_COUNT = ${counts.writeSkip}, S.PROCESS_SKIP_COUNT = ${counts.processSkip}`,
    sql`S.ROLLBACK_COUNT = ${counts.rollback}`,
    sql`C.SHORT_CONTEXT = ${context.short}, C.SERIALIZED_CONTEXT = ${context.serialized}`,
  ])
  return [
    mysqlDialect.requireRow(holdLeaseWithStatus(tables, lease)),
    mysqlDialect.requireRow(sql`UPDATE ${tables.stepContext} C
      STRAIGHT_JOIN ${tables.stepExecution} S ON S.STEP_EXECUTION_ID = C.STEP_EXECUTION_ID SET ${set}
      WHERE C.STEP_EXECUTION_ID = ${stepExecutionId} AND S.VERSION = ${version} AND S.STATUS = 'STARTED'`),
  ]
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
