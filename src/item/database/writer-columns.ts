import type { OptionCheck } from '../../domain/check-option.js'
import { checkName } from '../../sql/identifier.js'
import { type ColumnOf, type Naming, NAMINGS, propertyName } from '../../sql/naming.js'
import { nearest } from '../../support/nearest.js'

/** Columns with what they are filled from: a property of the item, or a function of it. */
export type ColumnMap<T> = Readonly<Record<string, Extract<keyof T, string> | ((item: T) => unknown)>>

/** Which columns a writer fills, and from what. */
export type WriterColumns<T> =
  | {
      /**
       * The columns, each filled from the property of its name, in camel case where `naming` says so; or a map
       * `{ user_name: 'name', day: (item) => … }`.
       */
      readonly columns: readonly ColumnOf<T, undefined>[] | ColumnMap<T>
      readonly naming?: undefined
    }
  | {
      readonly columns: readonly ColumnOf<T, 'camelCase'>[] | ColumnMap<T>
      /** `'camelCase'`: the column `user_name` is filled from the property `userName`. By default the names are the same. */
      readonly naming: Naming
    }

/** A column with the way to its value. */
export interface WriterColumn<T> {
  readonly name: string
  readonly value: (item: T) => unknown
}

/** Checks `columns` and `naming`. */
export function checkColumns<T>(
  check: OptionCheck,
  columns: unknown,
  naming: Naming | undefined,
): readonly WriterColumn<T>[] {
  if (naming !== undefined) check.oneOf('naming', naming, NAMINGS)
  const entries: readonly (readonly [unknown, unknown])[] = Array.isArray(columns)
    ? columns.map((name: unknown) => [name, typeof name === 'string' ? propertyName(name, naming) : undefined])
    : Object.entries((columns ?? {}) as object)
  if (entries.length === 0) check.fail('columns', columns, 'a list of columns, or a map of columns and properties')
  const checked = entries.map(([name, source]): WriterColumn<T> => {
    const [column] = checkName(check, 'columns', name, 1) as [string]
    if (typeof source === 'function') return { name: column, value: source as (item: T) => unknown }
    const property = check.text(`columns.${column}`, source) as keyof T
    return { name: column, value: (item) => item[property] }
  })
  const names = checked.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) check.fail('columns', twice, 'a list in which no column stands twice')
  return checked
}

/** Checks a list of columns that must be among the written ones, and returns their indexes. */
export function checkAmong<T>(
  check: OptionCheck,
  option: string,
  names: unknown,
  columns: readonly WriterColumn<T>[],
): readonly number[] {
  if (!Array.isArray(names) || names.length === 0) return check.fail(option, names, 'a list of columns')
  const known = columns.map(({ name }) => name)
  return names.map((name: unknown) => {
    const index = known.indexOf(name as string)
    if (index >= 0) return index
    const similar = typeof name === 'string' ? nearest(name, known) : undefined
    const hint = similar === undefined ? known.join(', ') : `"${similar}"`
    return check.fail(option, name, `columns of \`columns\` (${hint})`)
  })
}
