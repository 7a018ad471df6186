import { sql, sqlName, type SqlText } from '../../sql/sql-text.js'
import type { Lease } from '../lease.js'
import { LedgerIncompleteError } from '../ledger-errors.js'
import { positionText, type RangeFold } from '../range-ledger.js'
import { holdLease, leaseLost } from './lease-conditions.js'
import { checkpointLost } from './queued-checkpoint.js'
import { hasCounts, RANGE_COUNTS } from './range-columns.js'
import type { SqlStore } from './sql-store.js'
import { type SqlWork, transact, untilKnown } from './sql-work.js'
import type { StepWriter } from './step-writer.js'

/** No range has this ordinal or one below. */
const BEFORE_ALL = 0

/** Moves the closed prefix of a ledger into the step's row. */
export class RangeFolder {
  readonly #store: SqlStore
  readonly #steps: StepWriter

  constructor(store: SqlStore, steps: StepWriter) {
    this.#store = store
    this.#steps = steps
  }

  async fold(fold: RangeFold, lease: Lease): Promise<void> {
    const write = async (): Promise<boolean> => {
      await transact(this.#store, lease.ownerId, (work) => this.#fold(work, fold, lease))
      return true
    }
    const read = async (): Promise<true | undefined> =>
      (await this.#steps.isCommitted(fold.stepExecution, lease)) ? true : undefined
    await untilKnown(write, read)
  }

  #fold(work: SqlWork, fold: RangeFold, lease: Lease): void {
    const { stepExecution: step, through } = fold
    const ledger = sql`${this.#store.tables.stepRange}
      WHERE JOB_INSTANCE_ID = ${lease.jobInstanceId} AND STEP_NAME = ${step.stepName}`
    work.require(holdLease(this.#store, lease), leaseLost(lease))
    this.#steps.queueCheckpoint(work, step, () => checkpointLost(lease))
    if (through !== undefined) {
      work.require(chainCheck(fold, ledger), () => new LedgerIncompleteError(step.stepName, 'what is to be folded'))
    }
    if (fold.complete) {
      work.require(endCheck(fold, ledger), () => new LedgerIncompleteError(step.stepName, 'the end of the input'))
    }
    work.queue(sql`DELETE FROM ${ledger} AND ORDINAL <= ${through?.ordinal ?? BEFORE_ALL}`)
    if (fold.settle) {
      const none = RANGE_COUNTS.map((column) => `${column} = 0`)
      work.queue(sql`UPDATE ${this.#store.tables.stepRange} SET ${sqlName(none.join(', '))}
        WHERE JOB_INSTANCE_ID = ${lease.jobInstanceId} AND STEP_NAME = ${step.stepName}
          AND STEP_EXECUTION_ID = ${step.id} AND ${hasCounts}`)
    }
  }
}

/** Finds a row if the ranges up to the last one follow one another, the first one behind `from`. */
function chainCheck({ from, through }: RangeFold, ledger: SqlText): SqlText {
  const prefix = sql`SELECT ORDINAL, RANGE_FROM, RANGE_TO,
      LAG(RANGE_TO) OVER (ORDER BY ORDINAL) AS BEFORE_TO, ROW_NUMBER() OVER (ORDER BY ORDINAL) AS NUMBER_IN_ORDER
    FROM ${ledger} AND ORDINAL <= ${through?.ordinal ?? BEFORE_ALL}`
  const start = positionText(from) ?? ''
  return sql`SELECT 1 FROM (${prefix}) AS P
    WHERE ORDINAL = ${through?.ordinal ?? BEFORE_ALL} AND COALESCE(RANGE_TO, '') = ${positionText(through?.to) ?? ''}
      AND NOT EXISTS (SELECT 1 FROM (${prefix}) AS Q
        WHERE COALESCE(RANGE_FROM, '') <> CASE WHEN NUMBER_IN_ORDER = 1 THEN ${start} ELSE COALESCE(BEFORE_TO, '') END)`
}

/** Finds a row if the last range to fold is the last of all, and says that the input ends there. */
function endCheck({ through }: RangeFold, ledger: SqlText): SqlText {
  return sql`SELECT 1 FROM ${ledger} AND ORDINAL = ${through?.ordinal ?? BEFORE_ALL} AND IS_LAST = 1
    AND NOT EXISTS (SELECT 1 FROM ${ledger} AND ORDINAL > ${through?.ordinal ?? BEFORE_ALL})`
}
