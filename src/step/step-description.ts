import type { Guarantee } from '../domain/step-execution.js'

/** What can be said of a step before it runs. */
export interface StepDescription {
  /** What kind of step it is: `'chunk'`, `'tasklet'`, `'flow'`, `'job'`, `'partition'`, or `'step'` for one's own. */
  readonly kind: string
  /** What it promises about its writes; `undefined` where only its start can tell. */
  readonly guarantee?: Guarantee | undefined
  /** Why it is at-least-once, or why it is not known yet. Empty for exactly-once. */
  readonly reasons?: readonly string[] | undefined
  /** How many items a chunk has, where that is fixed. */
  readonly chunkSize?: number
  /** Whether chunks commit in the order in which they were read, or in any. */
  readonly commitOrder?: 'read' | 'any'
  /** How many chunks are processed at once. */
  readonly concurrency?: number
  /** The job that the step starts. */
  readonly job?: string
  /** The step that runs in each partition. */
  readonly worker?: string
}
