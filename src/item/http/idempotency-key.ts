import { createHash } from 'node:crypto'

/** Longer ones are refused by services that keep them in a column. */
const LONGEST = 255

/** An item's key as a header: as it is where a header can carry it, else its SHA-256. */
export function itemHeader(key: string): string {
  return key.length <= LONGEST && /^[\x21-\x7e]+$/.test(key) ? key : hash([key])
}

/** A key for items that are sent together: the same for the same items in the same order. */
export function chunkHeader(keys: readonly string[]): string {
  return hash(keys)
}

function hash(keys: readonly string[]): string {
  const sum = createHash('sha256')
  // With their lengths, so that no two lists of keys run together into the same text.
  for (const key of keys) sum.update(`${key.length}:${key}`)
  return sum.digest('hex')
}
