import type { SqlStatement } from '../../sql/sql-connection.js'
import { sql, toStatement } from '../../sql/sql-text.js'
import { postgresDialect } from '../../sql/postgres/postgres-dialect.js'
import { holdLease } from '../sql/lease-conditions.js'
import type { CheckpointRow } from '../sql/sql-store.js'
import type { SqlTables } from '../sql/sql-tables.js'
import { setContext, setCounts } from '../sql/step-columns.js'

/**
 * The checkpoint in one statement. It divides by the number of contexts it has written: if the lease, the version or the
 * status is another, that is zero, the statement fails, and the COMMIT sent behind it is not executed.
 */
export function postgresCheckpoint(
  tables: SqlTables,
  { stepExecutionId, version, row, lease }: CheckpointRow,
): readonly SqlStatement[] {
  const dialect = postgresDialect
  const text = sql`WITH lease AS MATERIALIZED (${holdLease({ tables, dialect }, lease)}),
    step AS (UPDATE ${tables.stepExecution}
      SET VERSION = VERSION + 1, LAST_UPDATED = ${dialect.now}, ${setCounts(row.counts)}
      WHERE STEP_EXECUTION_ID = ${stepExecutionId} AND VERSION = ${version} AND STATUS = 'STARTED'
        AND EXISTS (SELECT 1 FROM lease)
      RETURNING STEP_EXECUTION_ID),
    context AS (UPDATE ${tables.stepContext} SET ${setContext(row.context)}
      WHERE STEP_EXECUTION_ID = (SELECT STEP_EXECUTION_ID FROM step) RETURNING 1)
    SELECT 1 / (SELECT count(*) FROM context),
      (SELECT STATUS FROM ${tables.jobExecution} WHERE JOB_EXECUTION_ID = ${lease.jobExecutionId})`
  return [toStatement(text, dialect.placeholder)]
}
