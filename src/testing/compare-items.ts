import { inspect } from 'node:util'
import { OptionCheck } from '../domain/check-option.js'
import { type Misplaced, NotExactlyOnceError } from './testing-errors.js'

/** How items are compared. */
export interface CompareOptions<T> {
  /**
   * What tells items apart, such as an id; a text, a number, or any value, which is compared by how it looks. Default: the
   * whole item.
   */
  readonly key?: (item: T) => unknown
  /** `'same'`: they must also come in the order in which they are expected. Default `'any'`. */
  readonly order?: 'same' | 'any'
}

/**
 * Asserts that all items that are expected are there, each as often as it is expected, and no others. The error says which
 * were lost, which doubled, and which nobody expected.
 *
 * @example
 * ```ts
 * import { expectExactlyOnce } from 'chunkwise/testing'
 *
 * interface User {
 *   readonly id: number
 * }
 * const users: User[] = [{ id: 1 }, { id: 2 }]
 * const rows: User[] = [{ id: 2 }, { id: 1 }]
 * expectExactlyOnce(users, rows, { key: (user) => user.id })
 * ```
 *
 * @throws NotExactlyOnceError
 * @throws InvalidOptionError
 */
export function expectExactlyOnce<T>(
  expected: Iterable<T>,
  actual: Iterable<T>,
  options: CompareOptions<NoInfer<T>> = {},
): void {
  const check = new OptionCheck('expectExactlyOnce')
  check.object(options, ['key', 'order'])
  checkCompareOptions(check, options)
  compareItems([...expected], [...actual], options)
}

/** Checks how to compare. */
export function checkCompareOptions(check: OptionCheck, { key, order }: CompareOptions<never>): void {
  if (key !== undefined && typeof key !== 'function') check.fail('key', key, 'a function that gives the key of an item')
  if (order !== undefined) check.oneOf('order', order, ['same', 'any'])
}

/** The same for options that are checked. */
export function compareItems<T>(
  expected: readonly T[],
  actual: readonly T[],
  { key = (item) => item, order = 'any' }: CompareOptions<T>,
): void {
  const missing = grouped(expected, key)
  const known = new Set(missing.keys())
  const doubled: T[] = []
  const unexpected: T[] = []
  for (const item of actual) {
    const name = keyText(key(item))
    if (missing.get(name)?.pop() !== undefined) continue
    ;(known.has(name) ? doubled : unexpected).push(item)
  }
  const lost = [...missing.values()].flatMap((group) => group.map(({ item }) => item))
  if (lost.length + doubled.length + unexpected.length > 0) {
    throw new NotExactlyOnceError({ lost, doubled, unexpected, misplaced: undefined })
  }
  const misplaced = order === 'same' ? firstMisplaced(expected, actual, key) : undefined
  if (misplaced !== undefined) throw new NotExactlyOnceError({ lost, doubled, unexpected, misplaced })
}

/** The items by their keys, boxed: an item may be `undefined`. */
function grouped<T>(items: readonly T[], key: (item: T) => unknown): Map<string, { readonly item: T }[]> {
  const groups = new Map<string, { readonly item: T }[]>()
  for (const item of items) {
    const name = keyText(key(item))
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [{ item }])
    else group.push({ item })
  }
  return groups
}

function firstMisplaced<T>(
  expected: readonly T[],
  actual: readonly T[],
  key: (item: T) => unknown,
): Misplaced | undefined {
  const index = actual.findIndex((item, at) => keyText(key(item)) !== keyText(key(expected[at] as T)))
  return index < 0 ? undefined : { index, expected: expected[index], actual: actual[index] }
}

/** Equal for values that look the same, whatever the order of their properties. */
function keyText(key: unknown): string {
  return inspect(key, { depth: null, sorted: true, maxArrayLength: null, maxStringLength: null, breakLength: Infinity })
}
