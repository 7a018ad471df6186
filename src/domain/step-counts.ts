/**
 * What a step has done. Counts move only with a committed chunk, except `rollback`; so for a completed step
 * `read = write + filter + processSkip + writeSkip`. They belong to one step execution: over restarts, sums are the
 * truth.
 */
export interface StepCounts {
  /** Items read and committed (READ_COUNT). Failed reads stand beside it in `readSkip`. */
  readonly read: number
  /** Items written (WRITE_COUNT). */
  readonly write: number
  /** Items for which the processor returned `null` or `undefined` (FILTER_COUNT). */
  readonly filter: number
  /** Transactions committed, of chunks or of a tasklet's calls (COMMIT_COUNT). */
  readonly commit: number
  /** Transactions rolled back (ROLLBACK_COUNT). */
  readonly rollback: number
  /** Failed reads that were skipped (READ_SKIP_COUNT). */
  readonly readSkip: number
  /** Items skipped because processing failed (PROCESS_SKIP_COUNT). */
  readonly processSkip: number
  /** Items skipped because writing failed (WRITE_SKIP_COUNT). */
  readonly writeSkip: number
}

/** The counts of a step that has done nothing yet. */
export const NO_COUNTS: StepCounts = Object.freeze({
  read: 0,
  write: 0,
  filter: 0,
  commit: 0,
  rollback: 0,
  readSkip: 0,
  processSkip: 0,
  writeSkip: 0,
})

/** Adds counts, name by name: the truth of a step over its restarts. */
export function addCounts(a: StepCounts, b: Partial<StepCounts>): StepCounts {
  return {
    read: a.read + (b.read ?? 0),
    write: a.write + (b.write ?? 0),
    filter: a.filter + (b.filter ?? 0),
    commit: a.commit + (b.commit ?? 0),
    rollback: a.rollback + (b.rollback ?? 0),
    readSkip: a.readSkip + (b.readSkip ?? 0),
    processSkip: a.processSkip + (b.processSkip ?? 0),
    writeSkip: a.writeSkip + (b.writeSkip ?? 0),
  }
}
