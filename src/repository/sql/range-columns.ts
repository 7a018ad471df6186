import { sql, sqlName, type SqlText } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import { positionText, type RangeRecord } from '../range-ledger.js'

/** The columns of a range, in the order of {@link rangeValues}. */
export const rangeColumns: SqlText = sqlName(`JOB_INSTANCE_ID, STEP_NAME, ORDINAL, STEP_EXECUTION_ID, RANGE_FROM,
  RANGE_TO, IS_LAST, COMMIT_COUNT, READ_COUNT, FILTER_COUNT, WRITE_COUNT, READ_SKIP_COUNT, WRITE_SKIP_COUNT,
  PROCESS_SKIP_COUNT, CREATED`)

/** The columns of a range's counts; the step's row has columns of the same names. */
export const RANGE_COUNTS: readonly string[] = [
  'COMMIT_COUNT',
  'READ_COUNT',
  'FILTER_COUNT',
  'WRITE_COUNT',
  'READ_SKIP_COUNT',
  'WRITE_SKIP_COUNT',
  'PROCESS_SKIP_COUNT',
]

/** A range as a list of values. Only where they are inserted at once: there the columns give them their types. */
export function rangeValues({ stepExecution, range, counts }: RangeRecord, lease: Lease, now: SqlText): SqlText {
  return sql`${lease.jobInstanceId}, ${stepExecution.stepName}, ${range.ordinal}, ${stepExecution.id},
    ${positionText(range.from)}, ${positionText(range.to)}, ${range.isLast ? 1 : 0}, ${counts.commit}, ${counts.read},
    ${counts.filter}, ${counts.write}, ${counts.readSkip}, ${counts.writeSkip}, ${counts.processSkip}, ${now}`
}

/** A condition: whether a range has counts that nobody has added up yet. */
export const hasCounts: SqlText = sqlName(`${RANGE_COUNTS.join(' + ')} > 0`)
