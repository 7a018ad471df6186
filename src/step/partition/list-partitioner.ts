import { OptionCheck } from '../../domain/check-option.js'
import type { Partition, Partitioner } from '../../domain/partition.js'

/**
 * Deals values to `gridSize` partitions, one after another as cards are: none has two more than another. A partition has
 * its values under `values` in its context, in their order, and is called by its number, from 1. Fewer values than
 * partitions: a partition each; none: no partition.
 *
 * The values are stored in contexts: texts, numbers, bigints, booleans, Dates, null, arrays and plain objects of these.
 *
 * @example
 * ```ts
 * import { listPartitioner } from 'chunkwise'
 *
 * export const byCountry = listPartitioner(['AT', 'CH', 'DE', 'FR', 'IT'])
 * ```
 *
 * @throws InvalidOptionError
 */
export function listPartitioner(values: Iterable<unknown>): Partitioner {
  if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) {
    new OptionCheck('listPartitioner').fail('values', values, 'an array or another iterable')
  }
  // Taken now: an iterator would give them once, and a list may change.
  const list = [...values]
  return {
    partition: (gridSize) => {
      const hands: unknown[][] = Array.from({ length: Math.min(gridSize, list.length) }, () => [])
      for (const [index, value] of list.entries()) hands[index % hands.length]?.push(value)
      return hands.map((hand, index): Partition => ({
        name: numberName(index + 1, hands.length),
        context: { values: hand },
      }))
    },
  }
}

/** A number with as many digits as the last one has, so that names are in the order of the numbers. */
export function numberName(number: number, last: number): string {
  return String(number).padStart(String(last).length, '0')
}
