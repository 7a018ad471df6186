/** How column names become property names: `'camelCase'` turns `user_name` into `userName`; by default they stay. */
export type Naming = 'camelCase'

/** The values of the option `naming`. */
export const NAMINGS: readonly Naming[] = ['camelCase']

/** The property of an item that belongs to a column. */
export function propertyName(column: string, naming: Naming | undefined): string {
  return naming === undefined ? column : toCamelCase(column)
}

/** `user_name` → `userName`, `address_1` → `address1`, `_id` → `_id`; letters that are already upper case stay. */
export function toCamelCase(column: string): string {
  return column.replace(/(?<=[^_])_+([^_])/g, (_match, letter: string) => letter.toUpperCase())
}

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
type Kind<C extends string> = C extends Digit ? 'digit' : C extends '_' ? 'low' : C extends Lowercase<C> ? 'low' : 'up'

// Where a run of digits begins, an underscore may stand or not: `address1` is the column `address1` or `address_1`.
type SnakeRest<S extends string, Before extends 'digit' | 'low' | 'up'> = S extends `${infer C}${infer R}`
  ? Kind<C> extends 'up'
    ? `_${Lowercase<C>}${SnakeRest<R, 'up'>}`
    : Kind<C> extends 'digit'
      ? Before extends 'digit'
        ? `${C}${SnakeRest<R, 'digit'>}`
        : `${C | `_${C}`}${SnakeRest<R, 'digit'>}`
      : `${C}${SnakeRest<R, 'low'>}`
  : ''

/** The column names that {@link toCamelCase} turns into the property `S`. */
export type SnakeCase<S extends string> = string extends S
  ? string
  : S extends `${infer C}${infer R}`
    ? `${C}${SnakeRest<R, Kind<C>>}`
    : S

/** The columns that can stand for the properties of `T` under a naming. */
export type ColumnOf<T, N extends Naming | undefined> = N extends 'camelCase'
  ? SnakeCase<Extract<keyof T, string>>
  : Extract<keyof T, string>
