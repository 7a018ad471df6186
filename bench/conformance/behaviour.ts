import type { Stage } from './stage.js'
import type { Work } from './work.js'

/** What was seen: `fact` says in one short sentence what, where it is not all that is asked. */
export type Finding =
  | { readonly verdict: 'yes' }
  | { readonly verdict: 'no'; readonly fact: string }
  | { readonly verdict: 'partly'; readonly fact: string }

/** Something that a user relies on. */
export interface Behaviour {
  readonly name: string
  /** How many rows `source` has: the ids from 1 on. */
  readonly rows: number
  /** The job, made anew in each process; `isFirst` in the first one of its database. */
  work(isFirst: boolean): Work
  /** Drives a library and says what it does. `open` gives a fresh database, with no process yet. */
  observe(open: () => Promise<Stage>): Promise<Finding>
}

/** It does what is asked. */
export const YES: Finding = { verdict: 'yes' }

/** It does not: `fact` is what it does. */
export function no(fact: string): Finding {
  return { verdict: 'no', fact }
}

/** It does some of it: `fact` says which. */
export function partly(fact: string): Finding {
  return { verdict: 'partly', fact }
}

/** A finding as a cell of the table. */
export function inWords(finding: Finding): string {
  return finding.verdict === 'yes' ? 'yes' : `${finding.verdict}: ${finding.fact}`
}
