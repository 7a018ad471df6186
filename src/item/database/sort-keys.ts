import type { OptionCheck } from '../../domain/check-option.js'
import { checkName, quoteIdentifier } from '../../sql/identifier.js'

/**
 * The columns by which rows are read, in order of weight, each with its direction. Together they must identify a row. A
 * dot separates table and column: `u.user_name` is the selected column `user_name`.
 */
export type SortKeys = Readonly<Record<string, 'asc' | 'desc'>>

/** One sort key. */
export interface SortKey {
  /** The key as the option names it. */
  readonly name: string
  /** The selected column. */
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

/** Checks the option `sortKeys`. */
export function checkSortKeys(check: OptionCheck, sortKeys: SortKeys): readonly SortKey[] {
  const expected = `an object of columns and directions, such as { id: 'asc' }`
  if (typeof sortKeys !== 'object' || sortKeys === null || Array.isArray(sortKeys)) {
    check.fail('sortKeys', sortKeys, expected)
  }
  const keys = Object.entries(sortKeys).map(([name, direction]): SortKey => {
    const column = checkName(check, 'sortKeys', name, 3).at(-1) as string
    return { name, column, direction: check.oneOf(`sortKeys.${name}`, direction, ['asc', 'desc']) }
  })
  if (keys.length === 0) check.fail('sortKeys', sortKeys, expected)
  return keys
}

/** `"a" ASC, "b" DESC`, of the columns of `table`. */
export function orderBy(keys: readonly SortKey[], table: string): string {
  return keys.map(({ column, direction }) => `${table}.${quoteIdentifier(column)} ${direction}`).join(', ')
}

/**
 * The condition for the rows of `table` behind given key values. `values` are the placeholders, cast to their types. One
 * direction: a row comparison. Mixed: spelled out, with a leading range that an index can use.
 */
export function behind(keys: readonly SortKey[], table: string, values: readonly string[]): string {
  const columns = keys.map(({ column }) => `${table}.${quoteIdentifier(column)}`)
  const first = keys[0]?.direction
  if (keys.every(({ direction }) => direction === first)) {
    const operator = first === 'asc' ? '>' : '<'
    return `(${columns.join(', ')}) ${operator} (${values.join(', ')})`
  }
  let condition = ''
  for (let i = keys.length - 1; i >= 0; i--) {
    const operator = keys[i]?.direction === 'asc' ? '>' : '<'
    const beyond = `${columns[i]} ${operator} ${values[i]}`
    condition = condition === '' ? beyond : `(${beyond} OR (${columns[i]} = ${values[i]} AND ${condition}))`
  }
  return `${columns[0]} ${first === 'asc' ? '>=' : '<='} ${values[0]} AND ${condition}`
}

/** The condition for the rows of `table` up to and with given key values; see {@link behind}. */
export function upToAndWith(keys: readonly SortKey[], table: string, values: readonly string[]): string {
  const columns = keys.map(({ column }) => `${table}.${quoteIdentifier(column)}`)
  const operator = keys[0]?.direction === 'asc' ? '<=' : '>='
  if (keys.every(({ direction }) => direction === keys[0]?.direction)) {
    return `(${columns.join(', ')}) ${operator} (${values.join(', ')})`
  }
  // Keys are never NULL, so what is not behind is before or the same; the leading range is for an index.
  return `${columns[0]} ${operator} ${values[0]} AND NOT (${behind(keys, table, values)})`
}
