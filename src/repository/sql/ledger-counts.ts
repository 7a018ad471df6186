import { joinSql, sql, sqlName, type SqlText } from '../../sql/sql-text.js'
import { hasCounts, RANGE_COUNTS } from './range-columns.js'
import type { SqlStore } from './sql-store.js'
import type { SqlWork } from './sql-work.js'

/**
 * Adds the counts that ranges have to the rows of the step executions that wrote them, and sets them to zero: once,
 * exactly. `ranges` is a condition on the ledger for those of executions that are dead: nobody writes their rows.
 */
export function queueLedgerCounts({ tables, dialect }: SqlStore, work: SqlWork, ranges: SqlText): void {
  const columns = RANGE_COUNTS.map((column) => sqlName(column))
  const left = sql`FROM ${tables.stepRange} WHERE ${ranges} AND ${hasCounts}`
  const added = columns.map(
    (column) => sql`${column} = COALESCE(S.${column}, 0) +
      (SELECT SUM(${column}) ${left} AND STEP_EXECUTION_ID = S.STEP_EXECUTION_ID)`,
  )
  work.queue(sql`UPDATE ${tables.stepExecution} AS S
    SET ${joinSql(added)}, VERSION = S.VERSION + 1, LAST_UPDATED = ${dialect.now}
    WHERE STEP_EXECUTION_ID IN (SELECT STEP_EXECUTION_ID ${left})`)
  const none = columns.map((column) => sql`${column} = 0`)
  work.queue(sql`UPDATE ${tables.stepRange} SET ${joinSql(none)} WHERE ${ranges} AND ${hasCounts}`)
}
