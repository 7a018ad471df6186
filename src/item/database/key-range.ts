import type { OptionCheck } from '../../domain/check-option.js'
import type { ReadonlyExecutionContext } from '../../domain/execution-context.js'
import { InvalidOptionError } from '../../domain/option-error.js'
import type { KeyValues } from './key-position.js'
import type { SortKey } from './sort-keys.js'

/** The values of all sort keys of a row, by the names that `sortKeys` has. A text is the server's own form of the value. */
export type KeyBound = Readonly<Record<string, string | number | bigint>>

/** A stretch of rows in the order of sort keys: behind `after`, up to and with `through`. */
export interface KeyRange {
  /** The row behind which it begins. `null` or left out: the first row of all. */
  readonly after?: KeyBound | null
  /** The row with which it ends. `null` or left out: the last row of all. */
  readonly through?: KeyBound | null
}

/** A range in the order of a reader's sort keys. */
export interface CheckedKeyRange {
  readonly after: KeyValues | undefined
  readonly through: KeyValues | undefined
}

/** Where a partition's context has its range. */
export const RANGE_KEY = 'range'

/**
 * The key range that a partitioner by key range has put into the partition's context: for the `range` of the
 * reader that the partition's worker makes.
 *
 * @throws InvalidOptionError the context has none: the step does not run as the worker of such partitions
 */
export function partitionRange(context: { readonly executionContext: ReadonlyExecutionContext }): KeyRange {
  const range = context.executionContext.get<KeyRange>(RANGE_KEY)
  if (range !== undefined) return range
  const expected = 'a key range, as a partitioner by key range puts it into the context of a partition'
  throw new InvalidOptionError('executionContext.range', range, expected)
}

/** Checks the option `range`. */
export function checkKeyRange(check: OptionCheck, range: KeyRange, keys: readonly SortKey[]): CheckedKeyRange {
  if (typeof range !== 'object' || range === null) check.fail('range', range, 'an object { after, through }')
  for (const name of Object.keys(range)) {
    if (name !== 'after' && name !== 'through')
      check.fail(`range.${name}`, range, 'left out: a range has after and through')
  }
  return {
    after: checkBound(check, 'range.after', range.after, keys),
    through: checkBound(check, 'range.through', range.through, keys),
  }
}

function checkBound(
  check: OptionCheck,
  option: string,
  bound: KeyBound | null | undefined,
  keys: readonly SortKey[],
): KeyValues | undefined {
  if (bound === undefined || bound === null) return undefined
  const names = keys.map(({ name }) => name)
  const isWhole =
    typeof bound === 'object' && Object.keys(bound).length === names.length && names.every((name) => name in bound)
  if (!isWhole) check.fail(option, bound, `an object with a value for each sort key: ${names.join(', ')}`)
  return names.map((name) => {
    const value: unknown = bound[name]
    if (typeof value === 'string' || typeof value === 'bigint') return String(value)
    if (typeof value === 'number' && (Number.isSafeInteger(value) || (Number.isFinite(value) && value % 1 !== 0))) {
      return String(value)
    }
    return check.fail(`${option}.${name}`, value, 'a text, a bigint, or a number that is exact')
  })
}
