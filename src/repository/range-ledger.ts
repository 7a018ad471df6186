import type { StepCounts } from '../domain/step-counts.js'
import type { StepExecution } from '../domain/step-execution.js'
import type { Json } from '../support/json.js'

/** A stretch of a step's input: behind `from`, up to and with `to`. Positions are the reader's own. */
export interface InputRange {
  /** `undefined`: the beginning of the input. */
  readonly from: Json | undefined
  /** `undefined`: the beginning of the input too, for a range with nothing in it. */
  readonly to: Json | undefined
  /** Whether the input ends behind it. */
  readonly isLast: boolean
}

/** A range in the ledger of a step, which belongs to instance and step name. */
export interface LedgerRange extends InputRange {
  /** Its place among the ranges of the step: only a database can compare keys, so the order is by number. */
  readonly ordinal: number
}

/** What a chunk of a step that commits in any order stores. */
export interface RangeRecord {
  /** Who wrote it: its counts go there. Never changed by a chunk. */
  readonly stepExecution: StepExecution
  readonly range: LedgerRange
  /** What the chunk adds to the counts. */
  readonly counts: StepCounts
}

/** How the closed prefix of a ledger moves into the step's own row. */
export interface RangeFold {
  /** The step as it is stored, with the counts and the context that it has afterwards. */
  readonly stepExecution: StepExecution
  /** The position up to which everything was folded before: the first range begins there. */
  readonly from: Json | undefined
  /** The last range to fold; `undefined` when there is none. */
  readonly through: LedgerRange | undefined
  /** True: `counts` has those of all ranges of this execution, also of those that stay. */
  readonly settle: boolean
  /** True: this is the whole input. Checked in the store: nothing may be missing, nothing may stay. */
  readonly complete: boolean
}

/** The distance between the ranges that a restart finds: as many chunks fit into the gap between two of them. */
const ORDINAL_SPACING: number = 2 ** 32

/** A position as the ledger keeps it, and as it is compared: JSON text, or null for the beginning. */
export function positionText(position: Json | undefined): string | null {
  return position === undefined || position === null ? null : JSON.stringify(position)
}

/** The position of a text of {@link positionText}. */
export function positionOf(text: string | null | undefined): Json | undefined {
  return text === null || text === undefined ? undefined : (JSON.parse(text) as Json)
}

/**
 * Ranges as a restart wants them: those that touch are one, and between two of them is a gap. `ranges` are in their
 * order; the result has ordinals with room between them.
 */
export function joinRanges(ranges: readonly InputRange[]): readonly LedgerRange[] {
  const joined: InputRange[] = []
  for (const range of ranges) {
    const before = joined.at(-1)
    const touches = before !== undefined && positionText(before.to) === positionText(range.from)
    if (touches) joined[joined.length - 1] = { from: before.from, to: range.to, isLast: range.isLast }
    else joined.push({ from: range.from, to: range.to, isLast: range.isLast })
  }
  return joined.map((range, index) => ({ ...range, ordinal: (index + 1) * ORDINAL_SPACING }))
}
