import type { TargetColumn } from './table-target.js'

/**
 * The indexes of the items that no later one with the same key replaces, or `undefined` when only the database can tell
 * which keys are equal. `values` has one array a key column.
 */
export function lastByKey(
  columns: readonly TargetColumn[],
  values: readonly (readonly unknown[])[],
): readonly number[] | undefined {
  if (!columns.every(({ exact }) => exact !== undefined)) return undefined
  const count = values[0]?.length ?? 0
  const last = new Map<string, number>()
  for (let i = 0; i < count; i++) {
    const key = keyOf(columns, values, i)
    if (key === undefined) return undefined
    last.set(key, i)
  }
  // A Map keeps the place of the first of two equal keys; the rows must be written in the order of the last ones.
  return last.size === count ? [...last.values()] : [...last.values()].toSorted((a, b) => a - b)
}

function keyOf(
  columns: readonly TargetColumn[],
  values: readonly (readonly unknown[])[],
  i: number,
): string | undefined {
  let key = ''
  for (let c = 0; c < columns.length; c++) {
    const value = values[c]?.[i]
    const text = columns[c]?.exact === 'text'
    if (text ? typeof value !== 'string' : typeof value !== 'number' && typeof value !== 'bigint') return undefined
    const part = String(value)
    key = columns.length === 1 ? part : `${key}${part.length}:${part}`
  }
  return key
}
