import type { OptionCheck } from '../../domain/check-option.js'
import { checkName } from '../../sql/identifier.js'

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

/** A sort key as it stands in a statement. The functions bind their value anew each time. */
export interface KeyTerm {
  readonly column: string
  readonly direction: 'asc' | 'desc'
  /** What is compared: the column, or something of it. */
  readonly compared: string
  readonly value: () => string
  /** Compared with the column itself, a value that no row on that side of the key is beyond. */
  readonly bound: (side: 'asc' | 'desc') => string
}

/** `"a" asc, "b" desc`. */
export function orderBy(terms: readonly Pick<KeyTerm, 'column' | 'direction'>[]): string {
  return terms.map(({ column, direction }) => `${column} ${direction}`).join(', ')
}

/** The condition for the rows behind given key values. */
export function behind(terms: readonly KeyTerm[], comparesRows: boolean): string {
  return onSide(terms, comparesRows, false)
}

/** The condition for the rows up to and with given key values. */
export function upToAndWith(terms: readonly KeyTerm[], comparesRows: boolean): string {
  return onSide(terms, comparesRows, true)
}

/**
 * All keys in one direction: a row comparison, where an index serves one. Else spelled out, with a leading range that an
 * index can use. Placeholders are bound in the order of the text.
 */
function onSide(terms: readonly KeyTerm[], comparesRows: boolean, before: boolean): string {
  const [first] = terms as readonly [KeyTerm]
  const side = sideOf(first, before)
  if (comparesRows && terms.every(({ direction }) => direction === first.direction)) {
    const columns = terms.map(({ column }) => column).join(', ')
    return `(${columns}) ${operator(side, before)} (${terms.map(({ value }) => value()).join(', ')})`
  }
  const isPlain = terms.length === 1 && first.compared === first.column
  const lead = isPlain ? '' : `${first.column} ${operator(side, true)} ${first.bound(side)} AND `
  return `${lead}${spelledOut(terms, before)}`
}

function spelledOut(terms: readonly KeyTerm[], before: boolean): string {
  const [term, ...rest] = terms as readonly [KeyTerm, ...KeyTerm[]]
  const side = sideOf(term, before)
  if (rest.length === 0) return `${term.compared} ${operator(side, before)} ${term.value()}`
  const beyond = `${term.compared} ${operator(side, false)} ${term.value()}`
  return `(${beyond} OR (${term.compared} = ${term.value()} AND ${spelledOut(rest, before)}))`
}

/** Where the wanted rows are: `asc` for greater values. */
function sideOf({ direction }: KeyTerm, before: boolean): 'asc' | 'desc' {
  return (direction === 'asc') === before ? 'desc' : 'asc'
}

function operator(side: 'asc' | 'desc', inclusive: boolean): string {
  return `${side === 'asc' ? '>' : '<'}${inclusive ? '=' : ''}`
}
