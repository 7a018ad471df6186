/** How many calls the tasklet of tasklet-process.ts takes. */
export const CALLS = 4

/** What a process of tasklet-process.ts is to do. */
export interface TaskletProcessOrder {
  readonly url: string
  /** Where it kills itself; by default nowhere. */
  readonly death?: {
    /** In the call of this number, from 1. */
    readonly call: number
    readonly moment: 'inside' | 'before its commit' | 'when its commit is sent' | 'behind it'
  }
}
