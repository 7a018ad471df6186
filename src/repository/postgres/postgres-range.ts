import { postgresDialect } from '../../sql/postgres/postgres-dialect.js'
import type { SqlStatement } from '../../sql/sql-connection.js'
import { sql, toStatement } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import type { RangeRecord } from '../range-ledger.js'
import { holdLease } from '../sql/lease-conditions.js'
import { rangeColumns, rangeValues } from '../sql/range-columns.js'
import type { SqlTables } from '../sql/sql-tables.js'

/**
 * A chunk's range in one statement. It divides by the number of ranges it has inserted: without the lease that is zero,
 * the statement fails, and the COMMIT sent behind it is not executed.
 */
export function postgresRange(tables: SqlTables, record: RangeRecord, lease: Lease): readonly SqlStatement[] {
  const dialect = postgresDialect
  const text = sql`WITH lease AS MATERIALIZED (${holdLease({ tables, dialect }, lease)}),
    new_range AS (INSERT INTO ${tables.stepRange} (${rangeColumns})
      SELECT ${rangeValues(record, lease, dialect.now)} FROM lease RETURNING 1)
    SELECT 1 / (SELECT count(*) FROM new_range),
      (SELECT STATUS FROM ${tables.jobExecution} WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId})`
  return [toStatement(text, dialect.placeholder)]
}
