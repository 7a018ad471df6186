import { NO_COUNTS } from '../../domain/step-counts.js'
import type { StepExecution } from '../../domain/step-execution.js'
import { sql, sqlName, type SqlText } from '../../sql/sql-text.js'
import type { Transaction } from '../../transaction/transaction.js'
import type { CheckpointAnswer } from '../job-repository.js'
import type { Lease } from '../lease.js'
import { joinRanges, type LedgerRange, positionOf, type RangeRecord } from '../range-ledger.js'
import { holdLease, leaseLost } from './lease-conditions.js'
import { queueLedgerCounts } from './ledger-counts.js'
import { checkpointLost, queueCheckpoint } from './queued-checkpoint.js'
import { rangeColumns, rangeValues } from './range-columns.js'
import { RowReader } from './row-reader.js'
import type { SqlStore } from './sql-store.js'
import { NO_OWNER, readLocked, type SqlWork, transact, untilKnown } from './sql-work.js'
import type { StepWriter } from './step-writer.js'

/** Writes the ledgers of steps that commit in any order. */
export class RangeWriter {
  readonly #store: SqlStore
  readonly #steps: StepWriter

  constructor(store: SqlStore, steps: StepWriter) {
    this.#store = store
    this.#steps = steps
  }

  async hasAny(jobInstanceId: number, stepName: string): Promise<boolean> {
    const where = this.#where(jobInstanceId, stepName)
    return (await readLocked(this.#store, NO_OWNER, (work) => work.queue(sql`SELECT 1 ${where} LIMIT 1`))).rowCount > 0
  }

  /** Throws at once, not through the promise, which is looked at after the commit only. */
  save(record: RangeRecord, lease: Lease, transaction: Transaction): Promise<CheckpointAnswer> {
    return queueCheckpoint(this.#store, transaction, this.#store.range(record, lease), leaseLost(lease))
  }

  /** A row of the same key waits for whoever is about to commit it; then it is removed again. */
  async isCommitted({ stepExecution, range, counts }: RangeRecord, lease: Lease): Promise<boolean> {
    const { tables, dialect } = this.#store
    const ours = { stepExecution: { ...stepExecution, id: 0 }, range, counts }
    const removed = await readLocked(this.#store, lease.ownerId, (work) => {
      work.require(holdLease(this.#store, lease), leaseLost(lease))
      work.queue(
        dialect.orIgnore(
          sql`INSERT INTO ${tables.stepRange} (${rangeColumns}) VALUES (${rangeValues(ours, lease, dialect.now)})`,
          sqlName('ORDINAL'),
        ),
      )
      return work.queue(sql`DELETE ${this.#where(lease.jobInstanceId, stepExecution.stepName)}
        AND ORDINAL = ${range.ordinal} AND STEP_EXECUTION_ID = 0`)
    })
    return removed.rowCount === 0
  }

  async open(step: StepExecution, lease: Lease, anew: boolean): Promise<readonly LedgerRange[]> {
    const write = (): Promise<readonly LedgerRange[]> =>
      transact(this.#store, lease.ownerId, async (work) => {
        work.require(holdLease(this.#store, lease), leaseLost(lease))
        this.#steps.queueCheckpoint(work, step, () => checkpointLost(lease))
        const { jobInstanceId } = lease
        queueLedgerCounts(this.#store, work, sql`JOB_INSTANCE_ID = ${jobInstanceId} AND STEP_NAME = ${step.stepName}`)
        if (anew) work.queue(sql`DELETE ${this.#where(jobInstanceId, step.stepName)}`)
        return this.#join(work, step, lease)
      })
    // What was done once finds nothing to do the second time, except the version.
    const read = async (): Promise<readonly LedgerRange[] | undefined> =>
      (await this.#steps.isCommitted(step, lease)) ? this.#read(step, lease) : undefined
    return untilKnown(write, read)
  }

  /** Writes the ranges anew, joined where they touch, with room between them. */
  async #join(work: SqlWork, step: StepExecution, lease: Lease): Promise<readonly LedgerRange[]> {
    const { tables, dialect } = this.#store
    const where = this.#where(lease.jobInstanceId, step.stepName)
    const ranges = joinRanges((await work.rows(selectRanges(where))).map(readRange))
    if (ranges.length === 0) return ranges
    work.queue(sql`DELETE ${where}`)
    for (const range of ranges) {
      const values = rangeValues({ stepExecution: step, range, counts: NO_COUNTS }, lease, dialect.now)
      work.queue(sql`INSERT INTO ${tables.stepRange} (${rangeColumns}) VALUES (${values})`)
    }
    return ranges
  }

  async #read(step: StepExecution, lease: Lease): Promise<readonly LedgerRange[]> {
    const where = this.#where(lease.jobInstanceId, step.stepName)
    return (await readLocked(this.#store, lease.ownerId, (work) => work.queue(selectRanges(where)))).rows.map(readRange)
  }

  #where(jobInstanceId: number, stepName: string): SqlText {
    return sql`FROM ${this.#store.tables.stepRange} WHERE JOB_INSTANCE_ID = ${jobInstanceId} AND STEP_NAME = ${stepName}`
  }
}

function selectRanges(where: SqlText): SqlText {
  return sql`SELECT ORDINAL, RANGE_FROM, RANGE_TO, IS_LAST ${where} ORDER BY ORDINAL`
}

function readRange(row: readonly (string | null)[]): LedgerRange {
  const reader = new RowReader(row)
  return {
    ordinal: reader.integer('ORDINAL'),
    from: positionOf(reader.text()),
    to: positionOf(reader.text()),
    isLast: reader.boolean(),
  }
}
