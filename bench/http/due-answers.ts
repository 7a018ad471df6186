interface DueAnswer {
  /** When it is due, in milliseconds. */
  readonly at: number
  readonly give: () => void
}

/** How late answers were, in milliseconds. */
export interface Lateness {
  readonly count: number
  readonly median: number
  readonly p90: number
}

/** A timer may be late by more than this, in milliseconds: the last of it is waited for turn by turn. */
const TIMER_SLACK = 2

/** The delay is the same for all, so that who comes first is due first. */
let due: DueAnswer[] = []
let first = 0
let isLooking = false
let late: number[] = []

/** Calls `give` so many milliseconds from now, more exactly than a timer, which counts in whole milliseconds. */
export function answerAfter(milliseconds: number, give: () => void): void {
  due.push({ at: performance.now() + milliseconds, give })
  if (isLooking) return
  isLooking = true
  look()
}

function look(): void {
  const now = performance.now()
  for (let next = due[first]; next !== undefined && next.at <= now; next = due[first]) {
    first++
    late.push(performance.now() - next.at)
    next.give()
  }
  const next = due[first]
  if (first > 1000 || next === undefined) {
    due = due.slice(first)
    first = 0
  }
  isLooking = next !== undefined
  if (next === undefined) return
  const wait = next.at - performance.now()
  if (wait > TIMER_SLACK) setTimeout(look, wait - TIMER_SLACK)
  else setImmediate(look)
}

/** How late the answers were since this was asked last. */
export function lateness(): Lateness {
  const sorted = late.toSorted((a, b) => a - b)
  late = []
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
  return { count: sorted.length, median: at(0.5), p90: at(0.9) }
}
