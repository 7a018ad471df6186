import type { OptionCheck } from '../../domain/check-option.js'
import { type Naming, NAMINGS, propertyName } from '../../sql/naming.js'
import type { AsText } from '../../sql/read-dialect.js'
import { COLUMN_TYPES, type ColumnType } from '../../sql/column-type.js'

/** How rows become items, for every database reader. */
export interface ItemOptions<T> {
  /** `'camelCase'`: the column `user_name` becomes the property `userName`. By default properties are named as columns. */
  readonly naming?: Naming
  /**
   * How columns are read, by the item's property: `{ id: 'bigint' }`. `'string'` is the server's own text; a function is
   * given that text. NULL is always `null`. Default: what the host's driver makes of them.
   */
  readonly types?: { readonly [K in keyof T]?: ColumnType }
}

/** The names of {@link ItemOptions}. */
export const ITEM_OPTIONS: readonly string[] = ['naming', 'types']

/** Checks `naming` and `types`. */
export function checkItemOptions<T>(
  check: OptionCheck,
  options: ItemOptions<T>,
): { readonly naming: Naming | undefined; readonly types: Readonly<Record<string, ColumnType | undefined>> } {
  const types: Readonly<Record<string, ColumnType | undefined>> = options.types ?? {}
  if (typeof types !== 'object') check.fail('types', types, 'an object of property names and types')
  for (const [name, type] of Object.entries(types)) {
    if (type !== undefined && typeof type !== 'function') check.oneOf(`types.${name}`, type, COLUMN_TYPES)
  }
  if (options.naming !== undefined) check.oneOf('naming', options.naming, NAMINGS)
  return { naming: options.naming, types }
}

/** Says which columns are to come as the server's text, for a declared type. */
export function asTextColumns(options: {
  readonly naming: Naming | undefined
  readonly types: Readonly<Record<string, ColumnType | undefined>>
}): AsText {
  const { naming, types } = options
  if (Object.keys(types).length === 0) return undefined
  return (column) => {
    const property = propertyName(column, naming)
    return Object.hasOwn(types, property) && types[property] !== undefined
  }
}
