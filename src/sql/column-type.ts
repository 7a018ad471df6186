/** Makes a value of what came for a column; it is never called for NULL. */
export type Decoder = (text: string) => unknown

/**
 * How a column is read when it is not to be what the host's driver makes of it. `'number'` loses digits beyond
 * JavaScript's precision, `'string'` is the server's own text, `'date'` reads timestamps and dates as the driver does by
 * default. A function is given the server's text; it is never called for NULL.
 */
export type ColumnType = 'bigint' | 'number' | 'string' | 'date' | 'json' | ((text: string) => unknown)

/** The words of {@link ColumnType}. */
export const COLUMN_TYPES: readonly Extract<ColumnType, string>[] = ['bigint', 'number', 'string', 'date', 'json']

/** The text, or whatever it is, as it came. */
export const asItIs: Decoder = (text) => text

const toNumber: Decoder = (text) => +text

/** The decoder of a declared type. */
export function typedDecoder(type: ColumnType, date: Decoder): Decoder {
  if (typeof type === 'function') return type
  switch (type) {
    case 'bigint':
      return BigInt
    case 'number':
      return toNumber
    case 'string':
      return asItIs
    case 'json':
      return JSON.parse as Decoder
    case 'date':
      return date
  }
}
