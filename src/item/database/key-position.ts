import { PositionError } from '../item-errors.js'
import type { Json } from '../../support/json.js'
import type { SortKey } from './sort-keys.js'

/** The values of the sort keys of a row, as the server's text. */
export type KeyValues = readonly string[]

/** The position behind a row: `{ keys: ['id asc'], after: ['42'] }`; `null` before the first one. */
export function keyPosition(keys: readonly SortKey[], after: KeyValues | undefined): Json {
  return after === undefined ? null : { keys: describeKeys(keys), after: [...after] }
}

/** The key values of a position; `undefined` for the beginning. */
export function parseKeyPosition(
  owner: string,
  keys: readonly SortKey[],
  position: Json | undefined,
): KeyValues | undefined {
  if (position === undefined || position === null) return undefined
  const stored = position as { readonly keys?: unknown; readonly after?: unknown }
  const known = describeKeys(keys)
  if (!isTexts(stored.after) || !isTexts(stored.keys) || stored.after.length !== stored.keys.length) {
    throw new PositionError(owner, position, 'it is not a position of sort keys; was the reader another one before?')
  }
  if (stored.keys.join() !== known.join()) {
    throw new PositionError(
      owner,
      position,
      `it was stored under the sort keys ${stored.keys.join(', ')}, the reader now has ${known.join(', ')}`,
    )
  }
  return stored.after
}

function describeKeys(keys: readonly SortKey[]): readonly string[] {
  return keys.map(({ column, direction }) => `${column} ${direction}`)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
