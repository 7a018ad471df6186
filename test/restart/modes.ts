import type { WorkerOrder } from './supervisor.js'

/** A way in which a step commits its chunks. */
export interface Mode {
  readonly name: string
  readonly order: Pick<WorkerOrder, 'concurrency' | 'commitOrder' | 'pool'>
}

/** The ways that every fault is tried with. */
export const MODES: readonly Mode[] = [
  { name: 'one chunk after another', order: { concurrency: 1 } },
  { name: 'eight at once, in read order', order: { concurrency: 8 } },
  // A connection for each chunk, one for the reader and one for the heartbeat.
  {
    name: 'eight at once, in any order',
    order: { concurrency: 8, commitOrder: 'any', pool: { max: 10 } },
  },
]
