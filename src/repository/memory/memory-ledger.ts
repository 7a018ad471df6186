import { addCounts, NO_COUNTS, type StepCounts } from '../../domain/step-counts.js'
import { LedgerIncompleteError } from '../ledger-errors.js'
import {
  joinRanges,
  type LedgerRange,
  positionOf,
  positionText,
  type RangeFold,
  type RangeRecord,
} from '../range-ledger.js'

/** A range as it is kept, its positions as text so that nobody changes them. */
interface Row {
  readonly ordinal: number
  readonly from: string | null
  readonly to: string | null
  readonly isLast: boolean
  readonly stepExecutionId: number
  /** `undefined` once they stand in the step's own row. */
  readonly counts: StepCounts | undefined
}

/** The ledgers of steps that commit in any order, in memory. */
export class MemoryLedger {
  readonly #steps = new Map<string, Map<number, Row>>()

  hasAny(jobInstanceId: number, stepName: string): boolean {
    return this.#rows(jobInstanceId, stepName).size > 0
  }

  has({ stepExecution, range }: RangeRecord): boolean {
    return this.#rows(stepExecution.jobInstanceId, stepExecution.stepName).has(range.ordinal)
  }

  /** As a primary key would. */
  assertFree(record: RangeRecord): void {
    if (this.has(record)) throw new Error(`the ledger has range ${record.range.ordinal} already`)
  }

  put({ stepExecution, range, counts }: RangeRecord): void {
    const { ordinal, isLast } = range
    const row = { ordinal, isLast, from: positionText(range.from), to: positionText(range.to) }
    const rows = this.#rows(stepExecution.jobInstanceId, stepExecution.stepName)
    rows.set(ordinal, { ...row, stepExecutionId: stepExecution.id, counts: { ...counts } })
  }

  /** Takes the counts that nobody has added up yet, by the step execution that left them. */
  takeCounts(jobInstanceId: number, stepName: string): ReadonlyMap<number, StepCounts> {
    const left = new Map<number, StepCounts>()
    const rows = this.#rows(jobInstanceId, stepName)
    for (const row of [...rows.values()]) {
      const { stepExecutionId: id, counts } = row
      if (counts === undefined) continue
      left.set(id, addCounts(left.get(id) ?? NO_COUNTS, counts))
      rows.set(row.ordinal, { ...row, counts: undefined })
    }
    return left
  }

  /** Joins ranges that touch. */
  join(jobInstanceId: number, stepName: string): readonly LedgerRange[] {
    const ranges = joinRanges(
      this.#inOrder(jobInstanceId, stepName).map(({ from, to, isLast }) => ({
        from: positionOf(from),
        to: positionOf(to),
        isLast,
      })),
    )
    this.#steps.set(key(jobInstanceId, stepName), new Map(ranges.map((range) => [range.ordinal, counted(range)])))
    return ranges
  }

  /** Throws `LedgerIncompleteError` unless the ledger has what the fold believes. Changes nothing. */
  checkFold({ stepExecution, from, through, complete }: RangeFold): void {
    const { jobInstanceId, stepName } = stepExecution
    const rows = this.#inOrder(jobInstanceId, stepName)
    const prefix = rows.filter(({ ordinal }) => ordinal <= (through?.ordinal ?? 0))
    let at = positionText(from)
    for (const row of prefix) {
      if (row.from !== at) throw new LedgerIncompleteError(stepName, 'what is to be folded')
      at = row.to
    }
    const last = prefix.at(-1)
    if (last?.ordinal !== through?.ordinal || (through !== undefined && at !== positionText(through.to))) {
      throw new LedgerIncompleteError(stepName, 'what is to be folded')
    }
    if (complete && (last?.isLast !== true || prefix.length < rows.length)) {
      throw new LedgerIncompleteError(stepName, 'the end of the input')
    }
  }

  /** Removes the prefix; what stays of this execution is counted already if the fold settles. */
  fold({ stepExecution, through, settle }: RangeFold): void {
    const rows = this.#rows(stepExecution.jobInstanceId, stepExecution.stepName)
    for (const row of [...rows.values()]) {
      if (row.ordinal <= (through?.ordinal ?? 0)) rows.delete(row.ordinal)
      else if (settle && row.stepExecutionId === stepExecution.id) rows.set(row.ordinal, { ...row, counts: undefined })
    }
  }

  /** Forgets the ranges of a step. */
  clear(jobInstanceId: number, stepName: string): void {
    this.#steps.delete(key(jobInstanceId, stepName))
  }

  /** Forgets all that it has of an instance. */
  forget(jobInstanceId: number): void {
    for (const name of this.#steps.keys()) if (name.startsWith(key(jobInstanceId, ''))) this.#steps.delete(name)
  }

  #inOrder(jobInstanceId: number, stepName: string): readonly Row[] {
    return [...this.#rows(jobInstanceId, stepName).values()].sort((a, b) => a.ordinal - b.ordinal)
  }

  #rows(jobInstanceId: number, stepName: string): Map<number, Row> {
    const found = this.#steps.get(key(jobInstanceId, stepName))
    if (found !== undefined) return found
    const rows = new Map<number, Row>()
    this.#steps.set(key(jobInstanceId, stepName), rows)
    return rows
  }
}

function key(jobInstanceId: number, stepName: string): string {
  return `${jobInstanceId}:${stepName}`
}

function counted({ ordinal, from, to, isLast }: LedgerRange): Row {
  return { ordinal, from: positionText(from), to: positionText(to), isLast, stepExecutionId: 0, counts: undefined }
}
