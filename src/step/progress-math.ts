import type { Progress } from '../domain/progress.js'

/** Where an execution of a step has begun, and where it is. */
export interface Stretch {
  /** Items that earlier executions have read. */
  readonly earlier: number
  /** Items that this one has read. */
  readonly items: number
  readonly total: number | undefined
  readonly extent: Progress['extent']
  /** What was done of the extent when this execution began. */
  readonly extentBefore: number
  readonly partitions: Progress['partitions']
  /** How many partitions were completed before. */
  readonly partitionsBefore: number
  /** In milliseconds. */
  readonly elapsed: number
}

/** What can be computed from a stretch: how much is done, how fast it goes, and how long it will take. */
export function measure(stretch: Stretch): Pick<Progress, 'fraction' | 'rate' | 'timeLeft'> {
  const { items, elapsed } = stretch
  const rate = elapsed > 0 ? (1000 * items) / elapsed : 0
  const [before, now, all] = amounts(stretch)
  if (all === undefined) return { fraction: undefined, rate, timeLeft: undefined }
  const fraction = all === 0 ? 0 : Math.min(1, now / all)
  const left = Math.max(0, all - now)
  return { fraction, rate, timeLeft: now > before ? Math.round((elapsed * left) / (now - before)) : undefined }
}

/** What was done before, what is done now, and what there is: in the finest unit of which the whole is known. */
function amounts(stretch: Stretch): readonly [before: number, now: number, all: number | undefined] {
  const { earlier, items, total, extent, partitions } = stretch
  if (total !== undefined) return [earlier, earlier + items, total]
  if (extent !== undefined) return [stretch.extentBefore, extent.done, extent.total]
  if (partitions !== undefined) return [stretch.partitionsBefore, partitions.completed, partitions.total]
  return [0, 0, undefined]
}
